"""Claims about minutes: what calls took says what a step and a test take, and the steps fit the time."""

import pytest

from seedbed.config import UsageError
from seedbed.evaluation import EvaluationConfig
from seedbed.experiments.text_budget import Speed, Stopwatch, final_documents, fitted, steps_in
from seedbed.training import Evaluated, Progress


def calls(step, test, sizes):
    """What a member tells that takes so long: two slow calls, then calls of `sizes` (steps, whether it tests)."""
    at, done, told = 30.0, 0, []
    for steps, tested in [(1, True), (1, True), *sizes]:
        at += steps * step + tested * test + (10 if done < 2 else 0)
        done += steps
        told.append((at, done, tested))
    return told


@pytest.mark.parametrize(
    "sizes",
    [[(2, True), (4, True), (8, True)], [(2, True), (4, False), (8, True), (3, False)], [(5, False), (7, False)]],
)
def test_a_step_and_a_test_are_told_apart(sizes):
    found = fitted(calls(0.25, 1.5, sizes), 20.0)
    assert found.step == pytest.approx(0.25)
    assert found.test == pytest.approx(1.5 if any(tested for _, tested in sizes) else 0.0)
    assert found.start == pytest.approx(10 + 10 + 0.25 + 1.5)


def test_steps_and_tests_fill_the_time_and_no_more():
    speed = Speed(start=5.0, step=0.1, test=1.0)
    steps, tests = steps_in(600.0, speed, final=10.0)
    taken = 5 + steps * 0.1 + tests * 1.0 + 10.0
    assert tests == 20 and 599.8 < taken <= 600
    assert steps_in(60.0, speed, final=1.0) == (500, 4)
    with pytest.raises(UsageError, match=r"too little time: 8 s are left .* take 10 s .* --minutes"):
        steps_in(8.0, speed, final=1.0)


def test_the_test_at_the_end_takes_a_small_share_of_the_time_and_never_less_than_any_other():
    evaluation = EvaluationConfig(panel=64, every=4096)
    # 3% of 1,000 s are 30 s: 15 tests of 64 documents that take 2 s each.
    assert final_documents(1000.0, 2.0, evaluation) == 15 * 64
    assert final_documents(10.0, 2.0, evaluation) == 64
    assert final_documents(1e6, 2.0, evaluation) == 4096


def test_the_stopwatch_waits_until_every_member_has_gone_on_for_long_enough():
    now = [0.0]
    watch = Stopwatch(clock=lambda: now[0])
    for second, step in ((10.0, 1), (12.0, 2), (14.0, 4), (15.0, 6)):
        now[0] = second
        watch.receive(Evaluated("a", step, []))
        watch.receive(Progress("a", step, 10, 1.0))
        assert watch.enough(1, 2.5) == (second == 15.0)
        assert not watch.enough(2, 2.5)
    assert watch.calls["a"][-1] == (15.0, 6, True)
