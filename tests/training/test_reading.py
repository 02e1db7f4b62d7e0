"""Claims about what members read: pre-training comes first, and then the windows that a fresh member reads."""

from dataclasses import replace

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.tasks import Mixture
from seedbed.training import Evaluated, Member, check_member
from seedbed.training.reading import reading

BEFORE = Mixture((("A->B", 40), ("B->C", 40)))
AFTER = Mixture((("A->C", 30),))


def both(small, steps=6, switch=4):
    def made(count, early):
        training = replace(small.config.training, steps=count, pretraining=early)
        config = replace(small.config, training=training)
        member = Member(AFTER, 1, 2, pretraining=BEFORE if early else None)
        check_member(config, member)
        return config, member

    return made(steps, switch), made(steps - switch, 0)


def test_the_stream_of_pretraining_comes_first_and_then_the_windows_of_a_fresh_member(small):
    (config, member), (fresh_config, fresh) = both(small)
    trained, alone = reading(config, member), reading(fresh_config, fresh)
    cut, own = trained.batches(0, 6), alone.batches(0, 2)
    assert set(np.unique(cut.task_SBW[:4])) <= {0, 1} and set(np.unique(cut.task_SBW[4:])) == {2}
    assert (cut.token_SBW[4:] == own.token_SBW).all() and (cut.real_SB[4:] == own.real_SB).all()
    pieces = [trained.batches(at, count) for at, count in ((0, 1), (1, 4), (5, 1))]  # however the calls are divided
    assert (np.concatenate([each.token_SBW for each in pieces]) == cut.token_SBW).all()


def test_seen_is_what_either_stream_has_shown_by_then(small):
    (config, member), (fresh_config, fresh) = both(small)
    trained, alone = reading(config, member), reading(fresh_config, fresh)
    early, whole = trained.seen(3, 1680, 4), trained.seen(3, 1680, 6)
    assert not early[2].any() and early[:2].any()
    assert (whole[2] == alone.seen(3, 1680, 2)[2]).all() and (whole[:2] == early[:2]).all() and whole[2].any()


def test_a_pretrained_member_grows_and_reports_the_loss_of_what_it_read(small):
    (config, member), _ = both(small, steps=4, switch=2)
    config = replace(config, evaluation=replace(config.evaluation, regular=2, bayes=4))
    events = [event for event in small.grown_here(config, member).events if isinstance(event, Evaluated)]
    read = {event.step: {r["task"] for r in event.rows if r["test"] == "train"} for event in events if not event.final}
    assert read[2] == {"all", "A->B", "B->C"} and read[4] == {"all", "A->C"}
    rows = [row for event in events for row in event.rows if row["test"] == "bayes"]
    assert {row["task"] for row in rows} == {"A->C"} and {row["step"] for row in rows} == {row["step"] for row in rows}
    assert all(row["kl"] > 0 and row["bayes_probability"] == pytest.approx(1) for row in rows)


def test_steps_of_pretraining_and_its_stream_come_together(small):
    training = replace(small.config.training, steps=6, pretraining=2)
    with pytest.raises(UsageError, match="give both or neither"):
        check_member(replace(small.config, training=training), Member(AFTER))
    with pytest.raises(UsageError, match="give both or neither"):
        check_member(small.config, Member(AFTER, pretraining=BEFORE))
    with pytest.raises(UsageError, match="leave a step of the 6"):
        replace(training, pretraining=6)
    with pytest.raises(UsageError, match="distinct examples"):
        check_member(
            replace(small.config, training=training),
            Member(AFTER, pretraining=Mixture((("A->B", 5000),), draw="distinct")),
        )
