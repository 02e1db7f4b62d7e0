"""Claims: a published statement, its reported number, our measure and the rule for the verdict, all fixed as data.

A rule looks at the whole interval, so a verdict is given only where the data settle it: a claim holds if every value
in the interval meets the rule, fails if none does, and otherwise `depends`, on more seeds. What else a result may hang
on is said beside the verdict and does not change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, isnan
from typing import Literal

from seedbed.emergence import Estimate, format_estimate
from seedbed.reports import Basis, Ground, Verdict

COMPUTED = "computed, not sampled"
UNMEASURED_INFERENCE = "Nothing depends on this claim: it is our inference, and it was not measured."


@dataclass(frozen=True)
class Rule:
    """The claim holds for values in [low, high]."""

    low: float = -inf
    high: float = inf
    unit: Literal["percent", "number"] = "percent"

    def __str__(self) -> str:
        def show(value: float) -> str:
            return f"{100 * value:g}%" if self.unit == "percent" else _plain(value)

        if self.low == self.high:
            return f"exactly {show(self.low)}"
        if isfinite(self.low) and isfinite(self.high):
            return f"from {show(self.low)} to {show(self.high)}"
        return f"at least {show(self.low)}" if isfinite(self.low) else f"at most {show(self.high)}"


@dataclass(frozen=True)
class Claim:
    """One published claim.

    measure: what we measure, in words.  holds: for which values the claim counts as replicated.  turns_with: what a
    change of which, in the controls, turns the result; said where the claim fails under our settings.
    needs_gpu: its faithful measurement is beyond a laptop.  basis: what in the source it rests on. An inference of ours
    is never the ground of a headline without a measurement of it.
    """

    id: str
    statement: str
    source: str
    reported: str
    measure: str
    holds: Rule
    turns_with: str = ""
    needs_gpu: bool = False
    basis: Basis = field(kw_only=True)


@dataclass(frozen=True)
class Measured:
    """What was found for a claim, and where to see it. One without an interval settles nothing.

    unit: what n counts, more of which would settle a claim: one, and several of it.  trained: whether it rests on what
    the run trained, and not on arithmetic.
    """

    estimate: Estimate
    evidence: str = ""
    unit: tuple[str, str] = ("seed", "seeds")
    trained: bool = True

    @property
    def ground(self) -> Ground:
        """What its verdict rests on: a number that is computed needs no training."""
        return "training" if self.trained and self.estimate.method != COMPUTED else "arithmetic"


def judge(claim: Claim, found: Measured | None, elsewhere: str = "") -> Verdict:
    """The verdict on a claim by its own rule; without a measurement it says so, and where one is made."""
    if found is None:
        verdict = "needs a GPU" if claim.needs_gpu else "not measured"
        caution = UNMEASURED_INFERENCE if claim.basis == "our inference" else ""
        return _verdict(claim, "-", "", None, verdict, f"{elsewhere} {caution}".strip(), "another run")
    estimate = found.estimate
    percent = claim.holds.unit == "percent"
    low, high = (estimate.low, estimate.high) if estimate.has_interval else (estimate.value, estimate.value)
    alone = not estimate.has_interval
    if alone:
        verdict = "depends"
    elif claim.holds.low <= low and high <= claim.holds.high:
        verdict = "replicated"
    elif high < claim.holds.low or low > claim.holds.high:
        verdict = "not replicated"
    else:
        verdict = "depends"
    evidence = found.evidence
    if verdict == "depends":
        one, several = found.unit
        undecided = f"the interval contains values on both sides of the rule's boundary: more {several} would settle it"
        if alone:
            meets = "meets" if claim.holds.low <= low <= claim.holds.high else "does not meet"
            undecided = f"other {several}: the value {meets} the rule, but a single {one} gives no interval"
        evidence = f"{evidence} Depends on: {undecided}."
    elif verdict == "not replicated" and claim.turns_with:
        evidence = f"{evidence} May turn with {claim.turns_with}."
    text = f"{100 * estimate.value:.4g}%" if percent else _plain(estimate.value)
    if estimate.method == COMPUTED:
        return _verdict(claim, text, COMPUTED, None, verdict, evidence.strip(), found.ground)
    shown = format_estimate(estimate, percent=percent)
    return _verdict(claim, text, shown, estimate.n, verdict, evidence.strip(), found.ground)


def judge_all(
    claims: list[Claim], measured: Mapping[str, Measured | None], elsewhere: Mapping[str, str] | None = None
) -> list[Verdict]:
    """Verdicts in the order of the claims."""
    return [judge(claim, measured.get(claim.id), (elsewhere or {}).get(claim.id, "")) for claim in claims]


def exactly(value: float) -> Estimate:
    """A number that is computed, not sampled: its interval is itself."""
    return Estimate(value, value, value, 1, COMPUTED)


def _plain(value: float) -> str:
    if not isfinite(value):
        return "unknown" if isnan(value) else "∞" if value > 0 else "-∞"
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def _verdict(
    claim: Claim, measured: str, interval: str, n: int | None, verdict: str, evidence: str, ground: Ground
) -> Verdict:
    return Verdict(
        claim_id=claim.id,
        statement=claim.statement,
        source=claim.source,
        basis=claim.basis,
        reported=claim.reported,
        measured=measured,
        interval=interval,
        n=n,
        rule=f"{claim.measure}: {claim.holds}",
        verdict=verdict,  # type: ignore[arg-type]
        evidence=evidence,
        ground=ground,
    )
