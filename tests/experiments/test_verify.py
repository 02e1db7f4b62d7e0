"""Choosing members to regrow; that the same weights come out is tested through the command line."""

import json

import pytest

from seedbed.config import DamagedRunError, UsageError, canonical
from seedbed.experiments.verify import Comparison, choose
from seedbed.models import ModelConfig
from seedbed.store import Run
from seedbed.tasks import Mixture
from seedbed.training import Member, PopulationConfig, cpu_type, member_fingerprint

CONFIG = PopulationConfig(model=ModelConfig(width=8))


def recorded(folder, seeds, device):
    with Run.create(
        folder, experiment="triangle", config={}, versions={"jaxlib": "1", "seedbed": "0"}, device=device
    ) as run:
        for seed in seeds:
            member = Member(Mixture((("A->C", 5),)), seed, seed)
            name = member_fingerprint(CONFIG, member, device)
            row = {"member": name, "population": "p", "condition": "only", "init_seed": seed, "data_seed": seed}
            settings = {"learning_rate": 1e-3, "config": f"{canonical(CONFIG)}\n{canonical(member)}", "cpu": device}
            run.add_members([{**row, **settings}])
            run.finish_member(name, 600, {}, {})
    return folder


@pytest.fixture
def run(tmp_path):
    return recorded(tmp_path / "run", range(6), cpu_type())


def test_the_choice_depends_on_the_seed_alone(run):
    assert choose(run, 3, 1) == choose(run, 3, 1)
    assert {each.name for seed in range(20) for each in choose(run, 1, seed)} == {each.name for each in choose(run, 6)}
    assert len(choose(run, 99)) == 6


def test_a_chosen_member_is_as_it_was_planned(run):
    for each in choose(run, 6):
        assert each.planned.config == CONFIG
        assert each.planned.condition == "only"
        assert json.loads(canonical(each.planned.member))["mixture"] == {"counts": [["A->C", 5]]}


def test_members_of_another_machine_are_not_chosen(run, monkeypatch):
    monkeypatch.setattr("seedbed.experiments.verify.cpu_type", lambda: "Abacus")
    with pytest.raises(UsageError, match="cannot be verified here"):
        choose(run)


@pytest.mark.parametrize("count, seed", [(0, 0), (1, -1)])
def test_a_count_or_seed_out_of_range_is_refused(run, count, seed):
    with pytest.raises(UsageError, match="at least 1 member"):
        choose(run, count, seed)


def test_a_damaged_run_is_refused_before_anything_is_regrown(run):
    next((run / "checkpoints").iterdir()).write_bytes(b"")
    with pytest.raises(DamagedRunError, match="expected SHA-256"):
        choose(run)


def test_a_run_without_finished_members_has_nothing_to_compare(tmp_path):
    with pytest.raises(UsageError, match="no finished member"):
        choose(recorded(tmp_path / "run", [], cpu_type()))


def test_a_member_that_diverged_is_not_equal():
    assert not Comparison("0" * 16, "only", "a" * 64, None).equal
