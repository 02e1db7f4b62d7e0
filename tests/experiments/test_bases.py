"""Every claim of every experiment names what in its source it rests on."""

from dataclasses import MISSING, fields

import pytest

from seedbed.experiments import claims_31, claims_32, claims_gam, claims_recall, claims_regional, claims_stories, zoo
from seedbed.experiments import claims_theory as theory
from seedbed.experiments.claims import Claim
from seedbed.experiments.plan import EXPERIMENTS
from seedbed.experiments.regional_texts import LANGUAGES
from seedbed.experiments.zoo_report import claims as zoo_claims
from seedbed.reports import BASES
from seedbed.tasks import RecallConfig

CLAIMS = {
    "triangle": [*claims_31.EMERGENCE, *claims_31.PAPER_RUN, *claims_31.ARITHMETIC],
    "paper-3.1": [*claims_31.EMERGENCE, *claims_31.PAPER_RUN, *claims_31.ARITHMETIC],
    "table1": [*claims_32.TINY, *claims_32.FAITHFUL, claims_32.PUBLISHED_LOSS],
    "paper-3.2": [*claims_32.FAITHFUL, *claims_32.OWN_LOSSES, *claims_32.OWN_UNSEEN, claims_32.OWN_CUT],
    "propositions": theory.CLAIMS,
    "recall": [
        each.claim for each in claims_recall.claims(RecallConfig(), {"attention": 0, "attention-window": 8, "gam": 13})
    ],
    "zoo": [claim for _, _, claim in zoo_claims(zoo.Options().mixers, 50)],
    "stories-grid": claims_stories.CLAIMS,
    "gam": [each.claim for text in ("wikitext-2", "tinystories") for each in claims_gam.claims(text)],
    "regional": [each.claim for each in claims_regional.claims("small", tuple(LANGUAGES))],
}
WITHOUT = {"hints", "crossed", "world"}  # they ask what no source has a claim on


def test_an_experiment_has_claims_here_or_has_none():
    assert set(CLAIMS) | WITHOUT == set(EXPERIMENTS) - {"tiny"}


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_has_a_basis(name):
    assert CLAIMS[name]
    for claim in CLAIMS[name]:
        assert claim.basis in BASES, claim.id
        # A question of ours has no source, or one that leaves it open; what the source did not test it does not say.
        if claim.source.startswith(("our question", "our number")):
            assert claim.basis == "our question", claim.id
        if claim.reported.startswith("not tested"):
            assert claim.basis == "our inference", claim.id


def test_a_claim_without_a_basis_cannot_be_written():
    (basis,) = [field for field in fields(Claim) if field.name == "basis"]
    assert basis.default is MISSING and basis.kw_only
