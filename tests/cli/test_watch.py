import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from seedbed.cli.standing import Standing
from seedbed.cli.watch import LINE_SECONDS, LiveTable, PlainLines, plain_line, watching
from seedbed.experiments.plan import Planned
from seedbed.training import Diverged, Evaluated, Finished, Progress


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def standing(clock):
    import tiny_experiment

    return Standing(tiny_experiment.plan(tiny_experiment.Options(seeds=3)), clock)


def panel(exact, **cells):
    row = {"task": "A->B", "test": "panel", "split": "unseen", "shots": 2, "coverage": 0, "n": 4, "exact": exact}
    return {**row, **cells}


def test_the_score_is_the_mean_at_the_latest_step_that_all_under_way_have_reached(standing):
    first, second, _ = standing.planned
    (line,) = standing.lines()
    assert (line.score, line.step, line.ended, line.members) == (None, None, 0, 3)
    for step, exact in [(1, 0.0), (3, 0.5), (6, 1.0)]:
        standing.receive(Evaluated(first, step, [panel(exact)]))
    standing.receive(Evaluated(second, 3, [panel(0.25)]))
    (line,) = standing.lines()
    assert line.step == 3
    assert (line.score.value, line.score.n) == (0.375, 2)
    assert line.score.has_interval


def test_once_members_have_ended_one_that_begins_does_not_throw_the_score_back(standing):
    first, second, third = standing.planned
    standing.receive(Evaluated(first, 6, [panel(1.0)]))
    standing.receive(Finished(first, 6, {}, "", {}))
    standing.receive(Evaluated(second, 1, [panel(0.0)]))
    standing.receive(Diverged(third, 2, "the loss is nan"))
    (line,) = standing.lines()
    assert (line.step, line.score.value, line.score.n, line.ended) == (6, 1.0, 1, 2)
    assert "A->B 100.0%, no interval (n = 1)" in plain_line(standing)


@pytest.mark.parametrize(
    "cells", [{"test": "every"}, {"split": "seen"}, {"coverage": 2}, {"shots": 0, "coverage": None}]
)
def test_only_the_headline_counts(standing, cells):
    standing.receive(Evaluated(next(iter(standing.planned)), 3, [panel(1.0, **cells)]))
    assert next(standing.lines()).score is None


def test_speed_and_time_left(standing, clock):
    first, *_ = standing.planned
    each = standing.planned[first].config
    assert standing.seconds_left is None
    for second, step in enumerate([1, 2, 3]):
        clock.now = float(second)
        standing.receive(Progress(first, step, each.tokens_per_step, 1.0))
    assert standing.tokens_per_second == each.tokens_per_step
    assert standing.seconds_left == (6 - 3) + 6 + 6
    assert "0/3 members done" in plain_line(standing)
    assert "about 15 s left" in plain_line(standing)


def test_a_larger_member_is_given_the_longer_time_that_it_takes(clock):
    import tiny_experiment

    small = tiny_experiment.Options(seeds=1)
    planned = [tiny_experiment.plan(replace(small, model=replace(small.model, width=width)))[0] for width in (8, 80)]
    standing = Standing(planned, clock)
    first, second = (each.config for each in planned)
    for now in (0.0, 1.0):
        clock.now = now
        standing.receive(Progress(next(iter(standing.planned)), 1 + int(now), first.tokens_per_step, 1.0))
    ratio = second.flops_per_step / first.flops_per_step
    assert ratio > 10
    assert standing.seconds_left == pytest.approx((6 - 2) + 6 * ratio)


def test_what_an_earlier_command_grew_is_shown(grown):
    import tiny_experiment

    from seedbed.experiments.results import open_results

    standing = Standing(tiny_experiment.plan(tiny_experiment.Options(seeds=3)))
    standing.remember(open_results(grown))
    (line,) = standing.lines()
    assert (line.ended, line.members, line.step, line.score.n) == (2, 3, 6, 2)
    assert np.isfinite(line.score.value)


def test_events_of_members_that_are_not_planned_are_passed_over(standing):
    standing.receive(Progress("0" * 16, 3, 10, 1.0))
    assert standing.tokens_per_second is None


def test_the_table_is_redrawn_at_most_four_times_a_second(standing, clock):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, height=24)
    first = next(iter(standing.planned))
    with LiveTable(standing, console, clock) as view:
        drawn = []
        view._draw, draw = lambda: drawn.append(clock.now) or draw(), view._draw
        for tick in range(40):
            clock.now = tick / 20
            view.receive(Evaluated(first, 3, [panel(0.5)]))
            view._drawn = drawn[-1] if drawn else view._drawn
        assert 7 <= len(drawn) <= 8
    assert "50.0%, no interval (n = 1)" in screen.getvalue()


def test_a_table_higher_than_the_terminal_says_what_it_leaves_out(standing):
    from seedbed.cli.watch import table_of

    lines = list(standing.lines()) * 30
    standing.lines = lambda: iter(lines)
    console = Console(file=io.StringIO(), width=100)
    console.print(table_of(standing, 20))
    assert "and 18 more lines" in console.file.getvalue()


def test_without_a_terminal_a_plain_line_at_the_first_news_then_now_and_then_and_at_the_end(standing, clock, capsys):
    lines = PlainLines(standing, clock)
    first = next(iter(standing.planned))
    for second in range(25):
        clock.now = float(second)
        lines.receive(Evaluated(first, 3, [panel(0.5)]))
    lines.end()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1 + 24 // LINE_SECONDS + 1
    assert all(line.startswith("seedbed: ") for line in captured.err.splitlines())


def test_a_terminal_that_goes_away_does_not_stop_the_training(standing, clock, monkeypatch):
    def gone(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", gone)
    lines = PlainLines(standing, clock)
    clock.now = LINE_SECONDS + 1
    lines.receive(Progress(next(iter(standing.planned)), 1, 96, 1.0))
    lines.end()


def test_quiet_means_nobody_watches(standing, capsys):
    with watching(standing, quiet=True) as observers:
        assert observers == []
    assert capsys.readouterr().err == ""


def test_members_that_differ_in_more_than_their_seeds_are_not_averaged():
    import tiny_experiment

    from seedbed.cli.groups import groups_of
    from seedbed.experiments.plan import Planned

    planned = {}
    for hints in (3, 6):
        for each in tiny_experiment.plan(tiny_experiment.Options(examples=hints)):
            labels = (("hints", hints), ("seed", each.member.init_seed), ("world", "small"))
            planned[f"{hints}/{each.member.init_seed}"] = Planned(each.config, each.member, "only", labels)
    assert groups_of(planned) == {"only, hints 3": ["3/0", "3/1"], "only, hints 6": ["6/0", "6/1"]}


def test_members_in_which_other_sentences_are_replaced_are_one_group_apart_from_those_in_which_none_is():
    import tiny_experiment

    from seedbed.cli.groups import groups_of

    planned = {}
    for place in (None, 0, 1):
        replaced = () if place is None else (("A->B", place, 3 + place),)
        (each,) = tiny_experiment.plan(tiny_experiment.Options(seeds=1, replaced=replaced))
        planned[str(place)] = each
    assert groups_of(planned) == {"only": ["None"], "only #2": ["0", "1"]}


def test_where_not_all_fit_those_under_way_are_shown_first(standing):
    import tiny_experiment

    more = [tiny_experiment.Options(seeds=2, examples=examples) for examples in range(4, 24)]
    standing = Standing([each for options in more for each in tiny_experiment.plan(options)])
    last = list(standing.planned)[-1]
    standing.receive(Evaluated(last, 3, [panel(0.5)]))
    assert "A->B 50.0%, no interval (n = 1)" in plain_line(standing)
    assert plain_line(standing).endswith("and 8 more")


def test_of_text_models_bits_per_byte_are_shown_and_the_last_text_that_one_wrote(clock, capsys):
    import io

    import numpy as np
    from rich.console import Console

    from seedbed.cli.watch import table_of
    from seedbed.data import SplitSize, TextConfig
    from seedbed.evaluation import EvaluationConfig
    from seedbed.models import ModelConfig
    from seedbed.training import TEXT_MIXTURE, Member, PopulationConfig, TrainingConfig

    size = SplitSize(1000, 10, 900)
    config = PopulationConfig(
        TextConfig("key", "bytes", 257, size, size),
        ModelConfig(width=8, heads=2, context=20),
        TrainingConfig(steps=9),
        EvaluationConfig(shots=0),
    )
    planned = [Planned(config, Member(TEXT_MIXTURE, seed, seed), "small") for seed in range(2)]
    standing = Standing(planned, clock, decode=lambda tokens: bytes(tokens).decode())
    for member, bits in zip(standing.planned, (2.5, 3.5), strict=True):
        row = {"task": "text", "test": "panel", "split": "unseen", "shots": 0, "coverage": None, "n": 900}
        said = {"text": np.frombuffer(b"Tom sat.", dtype=np.uint8)}
        standing.receive(Evaluated(member, 3, [{**row, "step": 3, "exact": 0.1, "bits_per_byte": bits}], samples=said))
    (line,) = standing.lines()
    assert (line.score.value, line.score.n, line.percent) == (3.0, 2, False)
    assert "small: text 3 [" in plain_line(standing) and "%" not in plain_line(standing)
    console = Console(file=io.StringIO(), width=120)
    console.print(table_of(standing, 30))
    shown = console.file.getvalue()
    assert (
        "bits per byte, held-out documents" in shown and "sample text after 3 steps:" in shown and "Tom sat." in shown
    )
    PlainLines(standing, clock).end()
    assert "sample text after 3 steps: Tom sat." in capsys.readouterr().err


def test_time_left_is_by_all_work_so_far_where_tests_come_in_heaps(standing, clock):
    """One step a second, then a test of 200: the last minutes alone would say that steps take 200 seconds."""
    first, *_ = standing.planned
    each = standing.planned[first].config
    for step, second in enumerate([0, 1, 2, 202], start=1):
        clock.now = float(second)
        standing.receive(Progress(first, step, each.tokens_per_step, 1.0))
    assert standing.tokens_per_second == each.tokens_per_step / 200
    assert standing.seconds_left == pytest.approx((2 + 6 + 6) * 202 / 3)
