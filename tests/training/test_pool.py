"""The pool of worker processes: what a worker refuses is said once, in the worker's own words."""

import pytest

from seedbed.config import UsageError
from seedbed.tasks import Mixture
from seedbed.training import Member
from seedbed.training.pool import Job, grow_in_pool


def test_a_refusal_in_a_worker_is_raised_at_once(small):
    """Nobody checked this member beforehand: the worker is the first to find that its language does not exist."""
    heard = small.heard()
    job = Job(small.config, Member(Mixture((("A->Z", 5),))), "0123456789abcdef", lambda: None, "population")
    with pytest.raises(UsageError, match="A->Z"):
        grow_in_pool([job], heard, workers=1)
    assert job.deaths == 0
    assert heard.events == []
