"""What the experiments on text have in common: how they are run, and what they refuse."""

import pytest

from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.experiments.plan import EXPERIMENTS, experiment
from tests import text_run

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if experiment(name).reads_text])
def test_an_experiment_on_text_says_how_to_run_it_and_where_its_texts_must_lie(name, monkeypatch, tmp_path):
    entry = experiment(name)
    for word in ("Source:", "Command:", "Time:", "Expect:"):
        assert word in entry.load().__doc__
    monkeypatch.delenv("SEEDBED_DATA", raising=False)
    with pytest.raises(UsageError, match="name it with --data FOLDER or the environment variable SEEDBED_DATA"):
        entry.prepared(entry.options())
    with pytest.raises(UsageError, match=r"--data.* does not exist"):
        entry.prepared(with_settings(entry.options(), {"data": str(tmp_path / "none")}))
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    with pytest.raises(UsageError, match=r"holds no .*which this experiment reads"):
        entry.prepared(entry.options())
    with pytest.raises(UsageError, match="prepare its options before"):
        entry.plan(entry.options())


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("gam", {"models": ["gamm"]}, "unknown model 'gamm': did you mean 'gam'"),
        ("gam", {"texts": ["story-world", "story-world"]}, "texts must hold at least one name, each given once; got"),
        ("gam", {"passes": 0}, "passes must be a finite number above 0, got 0"),
        ("stories-grid", {"blocks": []}, "blocks must hold at least one"),
        ("stories-grid", {"tokens": 0}, "tokens must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(name, settings, message):
    with pytest.raises(UsageError, match=message):
        text_run.prepared(name, settings)
