"""What each experiment plans: its conditions, their streams, and what keeps a comparison fair."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.experiments import controls, crossed, hints, paper31, table1, triangle, world
from seedbed.experiments.plan import EXPERIMENTS, experiment
from seedbed.tasks import World, star, stream
from seedbed.tasks.sentences import sentence
from seedbed.training import check_member, member_fingerprint
from seedbed.training.reading import reading


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if not experiment(name).reads_text])
def test_every_experiment_plans_members_that_can_exist_and_says_how_to_run_it(name):
    entry = experiment(name)
    planned = entry.plan(entry.options())
    assert planned
    for each in planned:
        check_member(each.config, each.member)
    for word in ("Source:", "Command:", "Time:", "Expect:"):
        assert word in entry.load().__doc__


def test_an_unknown_experiment_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'triangle'"):
        experiment("triangel")


def test_the_triangle_has_the_papers_three_conditions_on_the_same_seeds():
    planned = triangle.plan(triangle.Options(seeds=8))
    assert Counter(each.condition for each in planned) == {"alone": 8, "zero-shot": 8, "hinted": 8}
    examples = {each.condition: each.member.mixture.examples for each in planned}
    assert examples["hinted"] == {"A->B": 2500, "B->C": 2500, "A->C": 50}
    assert examples["zero-shot"] == {"A->B": 2500, "B->C": 2500}
    assert examples["alone"] == {"A->C": 50}
    assert len({each.config for each in planned}) == 1


def test_more_seeds_keep_the_members_that_are_there():
    def names(seeds):
        return [
            member_fingerprint(each.config, each.member, "a processor")
            for each in triangle.plan(triangle.Options(seeds=seeds))
        ]

    assert set(names(4)) < set(names(8))
    assert len(set(names(8))) == 24


def test_a_control_of_our_settings_differs_from_ours_in_one_factor():
    options = triangle.Options(controls=True)
    ours = triangle.population(options)
    for name, change in controls.changes_to_papers().items():
        config, rate = change(ours, options.learning_rate)
        changed = [part for part in ("world", "model", "training") if getattr(config, part) != getattr(ours, part)]
        if rate != options.learning_rate:
            changed.append("learning rate")
        # Piece tokens need a longer context for the same words; every other rung touches one part of the settings.
        assert len(changed) == (2 if "pieces" in name else 1), name


def test_the_papers_rungs_start_from_the_papers_settings():
    config, rate = controls.papers_settings(triangle.population(triangle.Options()))
    assert (config.training.steps, config.training.batch, config.training.windows, rate) == (600, 256, "fixed", 1e-4)
    assert (config.model.norm_order, config.model.activation_after, config.world.tokens) == ("post", True, "piece")
    assert config.evaluation.paper_cuts == (45, 44)


def test_arms_at_matched_exposures_read_as_many_hint_windows():
    planned = hints.plan(hints.Options(variations=False))
    at = {(each.condition, dict(each.labels)["hints"]): each for each in planned}
    with_corpora, alone = at[hints.WITH_QUARTER, 16], at[hints.ALONE_QUARTER, 16]
    assert with_corpora.config.training.steps == alone.config.training.steps
    source = reading(with_corpora.config, with_corpora.member).after
    batches = source.batches(0, 200)
    of_hints = (batches.task_SBW == with_corpora.config.world.tasks.index("A->C")).all(axis=2)
    # A quarter of the windows, within four standard deviations of a binomial count.
    windows = of_hints.size
    assert abs(of_hints.sum() - windows / 4) < 4 * np.sqrt(windows * 0.25 * 0.75)
    assert alone.config.training.batch * 200 == windows / 4


def test_the_triangle_reports_no_seed_that_it_was_tuned_on():
    reported = {seed for each in triangle.plan(triangle.Options()) for seed in (each.member.init_seed,)}
    assert reported == {*range(8, 16)} and not reported & {*triangle.TUNED_SEEDS}


def test_hints_of_chosen_arms_and_doses_alone():
    options = with_settings(hints.Options(), {"arms": ["with corpora"], "doses": [14, 512], "seeds": 2})
    planned = hints.plan(options)
    assert Counter((each.condition, dict(each.labels)["hints"]) for each in planned) == {
        ("with corpora", 14): 2,
        ("with corpora", 512): 2,
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"arms": ["with corpus"]}, "with corpora"),
        ({"arms": ["alone", "alone"]}, "each given once; got alone, alone"),
        ({"doses": [8, 8]}, "each given once; got 8, 8"),
        ({"doses": [-1]}, "0 or more, each given once; got -1"),
    ],
)
def test_arms_and_doses_that_cannot_be_are_refused(settings, said):
    with pytest.raises(UsageError, match=said):
        hints.plan(with_settings(hints.Options(), settings))


def test_hints_of_one_seed_are_nested_and_members_of_the_diagram_are_independent():
    planned = hints.plan(hints.Options())
    standard = [each for each in planned if dict(each.labels)["variation"] == "standard"]
    assert len({each.member.data_seed for each in standard}) == len(standard)
    world = World(hints.Options().world)
    few, many = (stream(world, hints.mixture(hints.ALONE, count, 0), 5).sentence_E for count in (8, 16))
    assert few.tolist() == many[:8].tolist()


def test_a_batch_that_cannot_be_quartered_is_refused():
    options = with_settings(hints.Options(), {"training.batch": 30})
    with pytest.raises(UsageError, match=r"multiple of 4.*got 30"):
        hints.plan(options)


def test_crossed_members_share_their_seeds_by_row_and_column_and_nudged_ones_are_cells():
    planned = crossed.plan(crossed.Options(inits=3, streams=4, nudged=6, twins=0))
    members = {
        kind: [each.member for each in planned if each.condition == kind]
        for kind in (crossed.CROSSED, crossed.CROSSED_NUDGED)
    }
    pairs = Counter((member.init_seed, member.data_seed) for member in members[crossed.CROSSED])
    assert len(pairs) == 12 and len({init for init, _ in pairs}) == 3 and len({data for _, data in pairs}) == 4
    assert {member.init_scale for member in members[crossed.CROSSED_NUDGED]} == {crossed.NUDGE}
    cells = {replace(member, init_scale=1.0) for member in members[crossed.CROSSED_NUDGED]}
    assert len(cells) == 6 and cells < set(members[crossed.CROSSED])
    assert set(Counter(member.init_seed for member in cells).values()) == {2}
    assert np.float32(crossed.NUDGE) > np.float32(1)  # the weights are single-precision numbers


def test_twins_differ_in_one_example_and_only_the_lost_pair_is_shown_no_more():
    options = crossed.Options(twins=3, corpus=100)
    planned = crossed.plan(options)
    of = {
        (each.condition, each.member.data_seed): each
        for each in planned
        if each.condition in (crossed.BASE, *crossed.TWINS)
    }
    assert len(of) == 15
    for swap in crossed.planned_swaps(options):
        read = {
            kind: reading(each.config, each.member).after.stream
            for (kind, seed), each in of.items()
            if seed == swap.seed
        }
        shown = {}
        for kind, stream_of in read.items():
            different = np.flatnonzero(stream_of.sentence_E != read[crossed.BASE].sentence_E)
            assert len(different) == (0 if kind in (crossed.BASE, crossed.NUDGED) else 1), kind
            hints_of = stream_of.sentence_E[stream_of.task_E == 2]
            assert len(set(hints_of.tolist())) == options.twin_hints
            shown[kind] = set(sentence(hints_of, 8, 4, True).ravel().tolist())
        assert shown[crossed.KEPT] == shown[crossed.BASE] == shown[crossed.LOST] | {swap.word}
        assert swap.word not in shown[crossed.LOST]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inits": 1}, "inits must be at least 2 to be crossed, got 1"),
        ({"nudged": 65}, r"nudged must lie in 0..64, the number of cells, got 65"),
        ({"twins": -1}, "twins must be 0 or more, got -1"),
        ({"twin_hints": 400, "twins": 1}, "of 200 with 400 hints 0 do: set twin_hints nearer to 8"),
        ({"corpus": 1680, "twins": 1}, "a corpus of all 1680 sentences leaves none"),
    ],
)
def test_what_cannot_be_crossed_or_swapped_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        crossed.plan(with_settings(crossed.Options(), settings))


def test_table_1_has_the_papers_mixture_and_world():
    (each,) = table1.plan(table1.Options(seeds=1))
    assert each.member.mixture.examples == {
        "A->B": 5000,
        "A->D": 4500,
        "A->C": 4000,
        "D->B": 100,
        "D->C": 200,
        "B->C": 300,
    }
    assert each.config.world.sentences == 11_880


def test_a_world_teaches_the_mixture_and_tests_its_tasks_too_those_without_examples():
    each, control = world.plan(world.Options(seeds=1))
    assert each.member.mixture.examples == {"A->B": 2500, "B->C": 2500, "C->D": 2500, "A->D": 16}
    assert control.member.mixture.examples == {"A->D": 16}
    assert control.config.evaluation.tasks == ("A->D",)
    assert (control.config.training, control.config.world) == (each.config.training, each.config.world)
    assert each.config.world.tasks == ("A->B", "B->C", "C->D", "A->D", "A->C", "B->D")
    assert each.config.world.path("A->D") == ("A", "B", "C", "D")
    hub = with_settings(world.Options(seeds=1), {"world": star(3), "mixture": "A->B:9, B->C:2"})
    each, _ = world.plan(hub)
    assert each.config.world == star(3)
    assert each.member.mixture.examples == {"A->B": 9, "B->C": 2}


@pytest.mark.parametrize("name", ["triangle", "hints", "table1", "world"])
def test_tests_without_examples_are_refused_where_nothing_else_names_the_task(name):
    entry = experiment(name)
    with pytest.raises(UsageError, match=r"evaluation\.shots must be at least 1, got 0"):
        entry.plan(with_settings(entry.options(), {"evaluation.shots": 0}))


def test_paper_31_has_an_epoch_of_nine_steps_and_one_for_alone():
    for condition, steps in paper31.STEPS_PER_EPOCH.items():
        config = paper31.population(condition)
        planned = next(each for each in paper31.plan(paper31.Options()) if each.condition == condition)
        source = reading(config, planned.member).after
        assert source.steps_per_epoch == steps
        assert config.training.steps == 100 * steps
