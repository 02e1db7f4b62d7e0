"""One sentence an experiment: its question answered from its own numbers, whatever they are.

A sentence says yes or no only where a whole interval does, and else that it is not settled.
"""

from collections.abc import Mapping, Sequence

from seedbed.emergence import DoseRatio, Estimate, VarianceSplit
from seedbed.experiments.first_page import NO, OPEN, YES, brief, outcome
from seedbed.reports import Verdict

NOTHING = "The question is open: too few models have finished."


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def triangle(scores: Mapping[str, Estimate], hints: int) -> str:
    """Does A->C emerge with hints, of hints alone, without any? From the final scores of the conditions there are."""
    clauses = []
    if "hinted" in scores:
        said = brief(scores["hinted"])
        clauses.append(
            {
                YES: f"Yes, with {hints} hints models translate A->C ({said} of unseen sentences)",
                NO: f"No, with {hints} hints models do not translate A->C ({said} of unseen sentences)",
                OPEN: f"These seeds do not settle whether {hints} hints suffice for A->C ({said} of unseen sentences)",
            }[outcome(scores["hinted"])]
        )
    if "alone" in scores:
        said = brief(scores["alone"])
        clauses.append(
            {
                YES: f"the hints alone suffice, without A->B and B->C ({said})",
                NO: f"the hints alone, without A->B and B->C, do not suffice ({said})",
                OPEN: f"whether the hints alone suffice is open ({said})",
            }[outcome(scores["alone"])]
        )
    if "zero-shot" in scores:
        said = brief(scores["zero-shot"])
        clauses.append(
            {
                YES: f"even without hints A->C emerges ({said})",
                NO: f"without hints A->C does not emerge ({said})",
                OPEN: f"whether A->C emerges without hints is open ({said})",
            }[outcome(scores["zero-shot"])]
        )
    return _sentence("; ".join(clauses)) if clauses else NOTHING


def hints(ratios: Mapping[str, DoseRatio]) -> str:
    """How many hints does it take, with the related corpora and without? By comparison."""
    said = []
    for name, ratio in ratios.items():
        doses = (
            f"{brief(ratio.arm, percent=False)} hints with the corpora, {brief(ratio.reference, percent=False)} without"
        )
        word = {-1: "fewer hints", 1: "more hints", 0: "a number of hints that cannot be told apart"}[
            _side(ratio.ratio, 1.0)
        ]
        said.append(f"at {name} half of the models need {word} when they also read A->B and B->C ({doses})")
    return _sentence("; ".join(said)) if said else NOTHING


def crossed(split: VarianceSplit | None) -> str:
    """Which seed decides when A->C emerges, that of the weights or that of the data?"""
    if split is None:
        return "Which seed decides when A->C emerges cannot be told: too few pairs of seeds have an onset."
    weights, data = split.rows.share, split.columns.share
    numbers = f"{brief(weights)} and {brief(data)} of the variance of log onset"
    if weights.low > data.high:
        return (
            f"The seed of the starting weights decides more about when A->C emerges than that of the data ({numbers})."
        )
    if data.low > weights.high:
        return (
            f"The seed of the data decides more about when A->C emerges than that of the starting weights ({numbers})."
        )
    return f"Which seed decides more about when A->C emerges, of weights or of data, is not settled ({numbers})."


def by_outcome(
    what: str,
    scores: Mapping[str, Estimate],
    threshold: float,
    *,
    does: str,
    does_not: str,
    unsettled: str = "is not settled in",
) -> str:
    """Which of several conditions or tasks do, which do not, and which are not settled.

    >>> sure = Estimate(0.9, 0.8, 1.0, 8, "")
    >>> by_outcome("with 50 hints A->C", {"gru": sure}, 0.5, does="emerges in", does_not="does not in")
    'With 50 hints A->C emerges in gru (90.0% [80.0, 100.0]).'
    """
    found: dict[str, list[str]] = {}
    for name, score in scores.items():
        found.setdefault(outcome(score, threshold), []).append(f"{name} ({brief(score)})")
    words = {YES: does, NO: does_not, OPEN: unsettled}
    said = [f"{words[each]} {listed(found[each])}" for each in words if each in found]
    return _sentence(f"{what} {'; it '.join(said)}") if said else NOTHING


def by_size(smallest: Mapping[str, Estimate], largest: Mapping[str, Estimate], threshold: float) -> str:
    """Which tasks the smallest size already answers, which the largest only, which not even that."""
    groups: dict[str, list[str]] = {}
    for task, score in largest.items():
        end, start = outcome(score, threshold), outcome(smallest[task], threshold) if task in smallest else NO
        words = {YES: "the largest size answers {}", NO: "not even the largest size answers {}"}.get(
            end, "whether the largest size answers {} is not settled"
        )
        if end == start == YES:
            words = "already the smallest size answers {}"
        groups.setdefault(words, []).append(task)
    order = ("already", "the largest", "whether", "not even")
    said = [words.format(listed(groups[words])) for start in order for words in groups if words.startswith(start)]
    if not said:
        return NOTHING
    return _sentence(f"{'; '.join(said)} (right in at least {threshold:.0%})")


def verdicts(found: Sequence[Verdict], what: str) -> str:
    """How many measured statements hold, fail, or stay open."""
    measured = [each for each in found if each.ground == "training"]
    if not measured:
        return NOTHING
    words = {"replicated": ("holds", "hold"), "not replicated": ("fails", "fail"), "depends": ("is open", "are open")}
    said = []
    for outcome_of, (one, several) in words.items():
        count = sum(each.verdict == outcome_of for each in measured)
        if count:
            said.append(f"{count} {one if count == 1 else several}")
    return f"Of {len(measured)} measured {what}, {listed(said)}."


def less(one: str, other: str, ratio: Estimate | None, unit: str) -> str:
    """Whether one needs less than the other, by their ratio."""
    if ratio is None:
        return f"{one} and {other} cannot be compared yet"
    shown = f"{brief(ratio, percent=False)} times"
    word = {-1: "lower", 1: "higher", 0: "not told apart from"}[_side(ratio, 1.0)]
    if word == "not told apart from":
        return f"{one}'s {unit} is not told apart from that of {other} ({shown})"
    return f"{one}'s {unit} is {word} than that of {other} ({shown})"


def _side(ratio: Estimate, of: float) -> int:
    """-1 where all of the interval lies below, 1 where all lies above, else 0; without an interval nothing is sure."""
    if not ratio.has_interval:
        return 0
    return -1 if ratio.high < of else 1 if ratio.low > of else 0


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
