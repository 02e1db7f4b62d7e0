"""The cost of large models is told before a run begins, and of small ones it is not."""

from seedbed.cli import cost
from seedbed.cli.cost import SHARE, cost_told, product_rate
from seedbed.experiments import paper32, table1


def test_a_large_models_cost_is_told_in_operations_and_time():
    planned = paper32.plan(paper32.Options(epochs=1))
    asked = []

    def rate(together):
        asked.append(together)
        return 1e11

    told = cost_told(planned, 5.7e13, rate)
    assert told is not None and asked == [2]  # one member of two shards
    assert told.startswith("5.7e+13 floating-point operations remain: about 13 min on this machine at 75 GFLOP/s")
    assert SHARE == 0.75


def test_nothing_is_told_where_steps_are_short_or_nothing_is_left():
    assert cost_told(table1.plan(table1.Options()), 1e15) is None
    assert cost_told(paper32.plan(paper32.Options()), 0) is None


def test_the_rate_is_measured_and_grows_with_the_cores_that_are_used():
    assert product_rate(1) > 1e8


def test_a_run_tells_it_before_it_starts_and_not_again_when_all_is_done(seedbed, monkeypatch):
    monkeypatch.setattr(cost, "LARGE_STEP", 1.0)
    monkeypatch.setattr(cost, "product_rate", lambda together: 1e9)
    first = seedbed("run", "tiny", "--seeds", "1", "--workers", "1")
    assert first.err.splitlines()[0].startswith("seedbed: ") and "floating-point operations remain" in first.err
    again = seedbed("run", "tiny", "--seeds", "1", "--workers", "1")
    assert (again.code, "floating-point operations" in again.err) == (0, False)
    assert "floating-point" not in seedbed("run", "tiny", "--seeds", "2", "--workers", "1", "--quiet").err
