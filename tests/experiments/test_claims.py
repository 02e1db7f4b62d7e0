"""Claims about claims: a verdict follows from the whole interval; the arithmetic ones come out as by hand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.emergence import Estimate
from seedbed.experiments import claims_31, claims_32
from seedbed.experiments.claims import UNMEASURED_INFERENCE, Claim, Measured, Rule, exactly, judge, judge_all
from seedbed.experiments.published import figure2, figure2_rows, table1_loss


def claim(rule: Rule, **more) -> Claim:
    return Claim("some", "A statement", "A source", "70%", "a measure", rule, **{"basis": "text", **more})


def measured(low: float, value: float, high: float) -> Measured:
    return Measured(Estimate(value, low, high, 8, "made up"))


def test_a_claim_holds_only_if_its_whole_interval_does():
    rule = Rule(low=0.65)
    assert judge(claim(rule), measured(0.7, 0.8, 0.9)).verdict == "replicated"
    assert judge(claim(rule), measured(0.6, 0.8, 0.9)).verdict == "depends"
    assert judge(claim(rule), measured(0.1, 0.2, 0.3)).verdict == "not replicated"


def test_what_a_result_may_turn_with_is_said_and_does_not_change_the_verdict():
    turned = claim(Rule(high=0.2), turns_with="the weather")
    failed = judge(turned, measured(0.979, 0.99, 0.996))
    assert failed.verdict == "not replicated" and "May turn with the weather." in failed.evidence
    assert "the weather" not in judge(turned, measured(0.0, 0.1, 0.15)).evidence


def test_a_verdict_says_whether_it_rests_on_training_on_arithmetic_or_on_another_run():
    rule = Rule(low=0.65)
    assert judge(claim(rule), measured(0.7, 0.8, 0.9)).ground == "training"
    assert judge(claim(rule), Measured(exactly(0.8))).ground == "arithmetic"
    assert judge(claim(rule), replace(measured(0.7, 0.8, 0.9), trained=False)).ground == "arithmetic"
    assert judge(claim(rule), None).ground == "another run"


def test_what_was_not_measured_says_so_and_is_never_a_verdict():
    assert judge(claim(Rule(low=0.5)), None).verdict == "not measured"
    assert judge(claim(Rule(low=0.5), needs_gpu=True), None).verdict == "needs a GPU"


def test_nothing_rests_on_an_inference_of_ours_that_was_not_measured():
    inferred = claim(Rule(low=0.5), basis="our inference")
    assert judge(inferred, None, "Grow it.").evidence == f"Grow it. {UNMEASURED_INFERENCE}"
    assert judge(claim(Rule(low=0.5)), None, "Grow it.").evidence == "Grow it."
    assert UNMEASURED_INFERENCE not in judge(inferred, measured(0.6, 0.7, 0.8)).evidence


@pytest.mark.parametrize(("value", "words"), [(0.7, "meets the rule"), (0.6, "does not meet the rule")])
def test_one_seed_settles_nothing_and_its_value_is_said_to_meet_the_rule_or_not(value, words):
    one = Measured(Estimate(value, math.nan, math.nan, 1, "no interval"))
    verdict = judge(claim(Rule(low=0.65)), one)
    assert verdict.verdict == "depends" and verdict.n == 1
    assert words in verdict.evidence and "a single seed gives no interval" in verdict.evidence
    assert "no interval" in verdict.interval


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_wider_interval_never_turns_a_verdict_into_its_opposite(bound, value, below, above):
    narrow = judge(claim(Rule(low=bound)), measured(value, value, value)).verdict
    wide = judge(claim(Rule(low=bound)), measured(value - below, value, value + above)).verdict
    assert wide in {narrow, "depends"}


def test_ids_are_unique_and_every_rule_can_fail():
    everything = [
        *claims_31.EMERGENCE,
        *claims_31.PAPER_RUN,
        *claims_31.ARITHMETIC,
        *claims_32.TINY,
        *claims_32.FAITHFUL,
        *claims_32.OWN_UNSEEN,
        *claims_32.OWN_LOSSES,
        claims_32.OWN_CUT,
        claims_32.PUBLISHED_LOSS,
    ]
    assert len({each.id for each in everything}) == len(everything)
    for each in everything:
        assert math.isfinite(each.holds.low) or math.isfinite(each.holds.high)


def test_the_arithmetic_claims_come_out_as_by_hand():
    found = claims_31.arithmetic()
    value = {name: one.estimate.value for name, one in found.items() if one}
    assert value["parameters-31"] == 4_533_631
    assert value["parameters-32"] == 34_196_455
    assert value["windows"] == 2196
    assert value["steps-an-epoch"] == 9
    assert value["hoeffding-tight"] == pytest.approx(0.0387, abs=5e-5)
    assert value["shown-words"] == 0.875
    assert value["shown-all"] == pytest.approx(0.5576, abs=5e-4)
    assert value["below-the-floor"] == pytest.approx(0.476 - 0.533, abs=2e-3)
    vocabulary = math.log(math.comb(18, 8)) + math.log(math.factorial(27))
    by_hand = (50 * math.log(1680) - 17 * math.log(30) - vocabulary) / (17 * 45)
    assert value["below-the-source"] == pytest.approx(0.168 - by_hand, abs=2e-3)
    verdicts = {each.claim_id: each.verdict for each in judge_all(claims_31.ARITHMETIC, found)}
    assert verdicts["parameters-31"] == "replicated"
    assert verdicts["hoeffding-tight"] == "not replicated"
    assert verdicts["below-the-floor"] == "not replicated"


def test_a_computed_number_has_no_n():
    verdict = judge(claim(Rule(9, 9, "number")), Measured(exactly(9)))
    assert (verdict.measured, verdict.n) == ("9", None)


def test_the_published_curves_are_whole():
    assert len(figure2_rows()) == 300
    assert [figure2("hinted", epoch, "a_to_c") for epoch in (98, 99, 100)] == [0.7, 0.35, 0.1]
    assert len(table1_loss()) == 200
    assert table1_loss()[200] == pytest.approx(0.255, abs=5e-4)


def test_a_number_of_which_only_bounds_are_known_settles_what_the_bounds_settle():
    """A ratio of onsets, where neither condition emerged in the run: nothing is known of it."""
    later = claim(Rule(low=1.0, unit="number"))
    unknown = judge(later, Measured(Estimate(math.nan, 0.0, math.inf, 8, "bounds")))
    assert (unknown.verdict, unknown.measured) == ("depends", "unknown")
    assert judge(later, Measured(Estimate(math.inf, 2.0, math.inf, 8, "bounds"))).verdict == "replicated"
