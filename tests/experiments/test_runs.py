"""Experiments from plan to page, shrunk: what a run holds, how it grows, and what its report says."""

import re
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import seedbed
from seedbed.config import UsageError
from seedbed.config.settings import with_settings
from seedbed.experiments import controls, hints, paper31
from seedbed.experiments.measures import bands, final_score, onsets
from seedbed.experiments.plan import EXPERIMENTS, experiment
from seedbed.experiments.runner import run_experiment
from seedbed.models import paper
from seedbed.reports import BASES, Table

SMALL = {
    "model.width": 16,
    "model.heads": 2,
    "training.steps": 8,
    "training.batch": 8,
    "evaluation.panel": 8,
    "evaluation.every": 24,
    "evaluation.regular": 4,
    "evaluation.block": 8,
}


def small(name: str, **more):
    return with_settings(experiment(name).options(), SMALL | more)


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "triangle"
    options = small("triangle", **{"seeds": 2, "evaluation.others": 8})
    return run_experiment("triangle", options, folder=folder, workers=1)


def test_a_triangle_holds_every_member_and_its_report(grown):
    assert grown.members["state"].to_list() == ["finished"] * 6
    assert (grown.folder / "report.html").stat().st_size > 500_000
    coverages = grown.where(test="every", task="A->B", split="unseen", condition="hinted")["coverage"]
    assert set(coverages.drop_nulls().to_list()) == {0, 1, 2, 3, 4}


def test_the_report_shows_figure_claims_and_every_n(grown):
    report = experiment("triangle").report(grown)
    assert {figure.id for figure in report.figures()} >= {"a-to-c", "published", "coverage", "losses"}
    verdicts = {each.claim_id: each for each in report.verdicts()}
    page = (grown.folder / "report.html").read_text()
    assert page.count("rests on: <span") == len(verdicts) and all(each.basis in BASES for each in verdicts.values())
    (emergence,) = [section for section in report.sections if section.id == "emergence"]
    table = emergence.items[0]
    assert isinstance(table, Table) and len(table.rows) == 9
    assert {row[1] for row in table.rows} == {"too little data to say"}  # two evaluations
    assert verdicts["hinted-emerges"].n == 2
    assert verdicts["parameters-31"].verdict == "replicated"
    assert verdicts["final-65"].verdict == "not measured"
    assert all("n = 2" in sentence for sentence in report.headline)


def test_frames_carry_the_members_own_columns(grown):
    final = grown.final(condition="hinted", task="A->C", split="unseen", coverage=0)
    assert final.height == 2
    assert final["n"].to_list() == [24, 24]
    means = bands(final, ["condition"], "exact")
    assert means["n"].to_list() == [2]
    assert final_score(grown, "hinted", "A->C").n == 2
    assert len(onsets(grown.where(test="panel", task="A->C", split="unseen", coverage=0, condition="hinted"))) == 2


def test_the_same_command_trains_only_what_is_missing(grown):
    before = dict(grown.members.select("member", "weights_sha256").iter_rows())
    grew = []

    class Watch:
        def receive(self, event):
            grew.append(event.member)

    options = replace(grown.options, seeds=3)
    after = run_experiment("triangle", options, folder=grown.folder, workers=1, observers=[Watch()], report=False)
    now = dict(after.members.select("member", "weights_sha256").iter_rows())
    assert len(now) == 9
    assert before.items() <= now.items()
    assert set(grew) == now.keys() - before.keys()


def test_members_finished_on_another_processor_count_where_asked_for(tmp_path, monkeypatch):
    options = small("triangle", seeds=1)
    first = run_experiment("triangle", options, folder=tmp_path / "run", workers=1)
    for where in ("experiments.runner.device_type", "training.population.cpu_type", "training.population.device_type"):
        monkeypatch.setattr(f"seedbed.{where}", lambda: "another processor")
    heard = []

    class Listener:
        def receive(self, event):
            heard.append(event.member)

    more = replace(options, seeds=2)
    both = run_experiment(
        "triangle", more, folder=tmp_path / "run", workers=1, observers=[Listener()], any_processor=True
    )
    assert set(first.members["member"]) < set(both.members["member"]) and both.members.height == 6
    assert not set(heard) & set(first.members["member"]) and len(set(heard)) == 3
    assert Counter(both.members["cpu"].to_list()) == {first.members["cpu"][0]: 3, "another processor": 3}
    assert both.members["state"].to_list() == ["finished"] * 6
    again = run_experiment("triangle", more, folder=tmp_path / "run", workers=1, observers=[Listener()])
    assert again.run.members().height == 9  # unasked, what grew elsewhere is grown here as well


def test_five_lines_of_python_give_frames(tmp_path):
    settings = {key: value for key, value in SMALL.items() if key != "evaluation.regular"}
    results = seedbed.run("triangle", folder=tmp_path / "mine", workers=1, seeds=1, **settings)
    assert isinstance(results.curves, pl.DataFrame)
    assert seedbed.open_results(tmp_path / "mine").members.equals(results.members)
    assert seedbed.list_runs(tmp_path).height == 1


def _fewer(monkeypatch):
    """A few rungs and doses of each kind: every population is compiled, which takes most of the time."""
    monkeypatch.setattr(controls, "PAPER_STEPS", 2)
    for name, kept in [
        ("changes_to_papers", ("fixed windows", "two pieces per word")),
        ("changes_to_ours", ("pre-norm",)),
    ]:
        every = getattr(controls, name)
        monkeypatch.setattr(
            controls, name, lambda *given, every=every, kept=kept: {rung: every(*given)[rung] for rung in kept}
        )
    monkeypatch.setattr(hints, "DOSES", dict.fromkeys(hints.ARMS, (2, 4)))
    monkeypatch.setattr(hints, "FAR_DOSES", (0,))
    monkeypatch.setattr("seedbed.experiments.hints_report.DOSES", hints.DOSES)


@pytest.mark.slow
def test_controls_hints_table1_and_the_papers_own_run_reach_their_pages(tmp_path, monkeypatch):
    pages = {
        "triangle": small("triangle", seeds=1, controls=True, control_seeds=1),
        "table1": small("table1", seeds=1),
        "hints": small("hints", seeds=1, far_seeds=1, variation_seeds=1),
        "world": small("world", seeds=1),
        "paper-3.1": paper31.Options(seeds=1, alone_seeds=1),
        "crossed": small("crossed", inits=2, streams=2, nudged=2, twins=2, corpus=60),
    }
    tiny_paper = paper(16, 1, 2)
    population = paper31.population

    def shrunk(condition):
        config = population(condition)
        steps = 2 * paper31.STEPS_PER_EPOCH[condition]
        return replace(
            config,
            model=tiny_paper,
            training=replace(config.training, steps=steps),
            evaluation=replace(config.evaluation, panel=8, every=16),
        )

    monkeypatch.setattr(paper31, "population", shrunk)
    _fewer(monkeypatch)
    for name, options in pages.items():
        results = run_experiment(name, options, folder=tmp_path / name)
        report = experiment(name).report(results)
        assert report.headline
        assert list(report.figures())
        assert results.members["state"].unique().to_list() == ["finished"]
    own_files = {
        "paper-3.2",
        "propositions",
        "recall",
        "zoo",
        *(name for name in EXPERIMENTS if experiment(name).reads_text),
    }
    assert set(pages) == set(EXPERIMENTS) - {"tiny"} - own_files


def test_members_of_other_settings_in_the_same_folder_are_kept_apart(tmp_path):
    few = {"seeds": 1, "training.steps": 2, "evaluation.every": 8, "evaluation.others": 0}
    first = run_experiment("triangle", small("triangle", **few), folder=tmp_path / "mixed", workers=1)
    assert first.members.height == 3 and first.others == 0
    second = run_experiment("triangle", small("triangle", **few, hints=8), folder=tmp_path / "mixed", workers=1)
    assert second.members.height == 3 and second.others == 2  # zero-shot is the same in both
    assert set(second.curves["member"]) == set(second.members["member"])
    report = experiment("triangle").report(second)
    assert "the folder also holds 2 with other settings" in report.provenance["members"]
    (figure,) = [section for section in report.sections if section.id == "figure-2"]
    assert "A->C with 8 (`hinted`)" in figure.text[0]
    verdicts = {each.claim_id: each for each in report.verdicts()}
    assert verdicts["hinted-emerges"].verdict == "not measured"
    assert "is about 50 hints, but this run has 8" in verdicts["hinted-emerges"].evidence
    assert verdicts["not-copying"].verdict == "not measured"  # it translates nothing


def test_the_report_names_the_command_that_makes_the_same_run(tmp_path):
    from seedbed.cli.flags import flags_of
    from seedbed.cli.parse import parse
    from seedbed.experiments.parts import command
    from seedbed.experiments.results import Results

    options = small(
        "triangle", **{"seeds": 2, "controls": True, "evaluation.log_spaced": False, "evaluation.tasks": ("A->C",)}
    )
    words = shlex.split(command(Results(Path("runs/my triangle"), "triangle", options)))
    assert words[:5] == ["seedbed", "run", "triangle", "--folder", "runs/my triangle"]
    settings = parse(words[5:], list(flags_of(type(options))), "seedbed run triangle")
    assert with_settings(type(options)(), settings) == options


def test_a_report_that_was_deleted_is_made_anew(grown, tmp_path):
    import shutil

    from seedbed.experiments.runner import write_report_of

    copy = Path(shutil.copytree(grown.folder, tmp_path / "copy"))
    (copy / "report.html").unlink()
    report = write_report_of(copy)
    assert len(report.headline) == 3
    assert report.headline[0].split(":")[0] in (copy / "report.html").read_text()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": 10**20}, "at most 100,000 seeds"),
        ({"first_seed": 2**32 - 1}, "all below 2^32"),
        ({"training.steps": 10**12}, "training.steps may be at most 10,000,000"),
        ({"evaluation.shots": 0}, "evaluation.shots must be at least 1, got 0"),
        ({"learning_rate": float("inf")}, "learning_rate must be a finite number above 0, got inf"),
    ],
)
def test_what_no_computer_could_run_is_refused_at_once(settings, message):
    entry = experiment("triangle")
    with pytest.raises(UsageError, match=re.escape(message)):
        entry.plan(with_settings(entry.options(), settings))
