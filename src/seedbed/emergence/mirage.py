"""The mirage audit: does a jump of exact match remain in smoother scores, or did the metric make it?

Exact match of L tokens is near p^L, so a per-token chance p that creeps up can look like an ability that leaps.
Source: Schaeffer, Miranda & Koyejo (2023), Are Emergent Abilities of Large Language Models a Mirage?, section 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import ceil, inf, log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from seedbed.config.errors import UsageError
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.inputs import finite_vector
from seedbed.emergence.intervals import clopper_pearson, mean_over_seeds

RISE_STARTS, RISE_ENDS = 0.1, 0.9  # of the way from chance to the final score: between them lies the jump
REACH_WIDTHS, REACH_DECADES = 1.0, 1.0  # how far one looks on each side of the jump: its width, but at least a decade
LEAD = 0.5  # how much earlier a token's rise may lie than exact match's, in widths of the jump: p^L lags behind p
LEAST_RISE = 0.1  # of exact match, from chance to the end: less is no rise to explain
LEAST_CONCENTRATION = 0.2  # by how much exact match must rise faster in the jump than steadily: less is no jump
LEAST_SIGNAL = 5.0  # a metric's rise around the jump, in standard deviations of one evaluation: less is noise
EXPLAINED, UNEXPLAINED = 0.25, 0.75  # mean share of the jump left: at most, at least
HALF = 0.5  # of the jump left: the whole interval must lie on the mean's side of it
WIDEST_INTERVAL = 0.5  # of the share left: a wider one says nothing
MIN_SEEDS = 3
MIN_POINTS = 8
CLOSE = 0.1  # root mean square difference up to which the likelihoods count as predicting exact match
LEVEL = 0.95
LIKELIHOOD, ANSWER = "token likelihood", "answer probability"

Word = Literal["explained by the metric", "partly", "not explained", "cannot be judged"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoredRun:
    """One seed's scores at E evaluations.

    scale: positive, increasing.  exact: exact match in [0, 1].  token_loglik: mean log-likelihood of a right answer's
    tokens, nats a token.  length: tokens of an answer, L; both or neither are known.  answer_probability: mean
    probability of the whole right answer, as measured, in [0, 1].
    partial: other scores by name, each of E numbers.  falling: those of them of which less is better, such as a Brier
    score or a distance.
    """

    scale: ArrayLike
    exact: ArrayLike
    token_loglik: ArrayLike | None = None
    length: float | None = None
    answer_probability: ArrayLike | None = None
    partial: Mapping[str, ArrayLike] = field(default_factory=dict)
    falling: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SeedAudit:
    """One seed: where exact match jumped, and how much of that each other metric shows.

    jump: the last evaluation at chance and the first near the final score, in scale; None where there is no jump,
    for the reason in `why`.  left: share of the jump left, by metric.  predicted: p^L at each evaluation, where the
    likelihood is known.
    measured: mean probability of the whole answer, where given; above p^L where tokens are right together.
    prediction_error: root mean square of exact match less `measured` (else `predicted`).  items_needed: test items
    to see one right answer with 95% at the last evaluation at chance, were the prediction true.  Both None without one.
    """

    jump: tuple[float, float] | None
    why: str
    left: Mapping[str, float]
    predicted: tuple[float, ...] | None
    measured: tuple[float, ...] | None
    prediction_error: float | None
    items_needed: float | None


@dataclass(frozen=True)
class MirageVerdict:
    """What all seeds say: the share of the jump that is left in the smoothest metric, n = seeds that jumped.

    left: of every metric.  jumped: share of seeds with a jump to explain.  caveats: what to know before believing it.
    """

    word: Word
    smoothest: str | None
    share_left: Estimate | None
    left: Mapping[str, Estimate]
    jumped: Estimate
    seeds: tuple[SeedAudit, ...]
    caveats: tuple[str, ...]

    def __str__(self) -> str:
        """The verdict's words."""
        return self.word


def mirage_audit(runs: Sequence[ScoredRun], *, chance: float = 0.0) -> MirageVerdict:
    """How much of exact match's jump remains in the smoothest other metric, over S seeds.

    In each seed the jump goes from the last evaluation that is within 10% of the way from chance to the final score, to
    the first that is past 90%. The stretch that is compared begins half as far again before it (at least one
    evaluation), because p^L rises later than p; its surroundings reach as far again on each side, at least a decade.
    For a metric z, c(z) = (rise of z in the stretch) / (rise of z in the surroundings), and u = (length of the stretch)
    / (length of the surroundings) on the logarithm of scale: c of a steady rise. The share of the jump left in z is
    (c(z) - u) / (c(exact) - u): 1 if z jumps as exact match does, 0 if it goes on steadily, negative if it slows down.
    The surroundings are not the whole run, because a model that first learns what an answer looks like improves much
    before the ability, and would make any jump look small. Same place, not same width: where the loss falls as a power
    of scale, p^L is p itself, shifted by log L, so only its place tells that the metric made the jump.

    Metrics: per-token likelihood p, the probability of the whole answer and each of `partial`, on a linear and (where
    positive) a logarithmic axis; log p is minus the loss. Means over seeds with Student's t interval; the smoothest has
    the smallest mean, and since it was chosen, its level is 1 - 0.05 / metrics. The logarithm of a score of which less
    is better does not decide: on its way to 0 it goes on long after the jump, which would make any jump look small; it
    is shown. Verdict: a mean of at most `EXPLAINED` with the whole interval below `HALF`: explained; at least
    `UNEXPLAINED` and above `HALF`: not explained; else, with an interval no longer than `WIDEST_INTERVAL`: partly.
    Fewer than `MIN_SEEDS` seeds that jump, or a longer interval: cannot be judged. p^L is exact match of *sampled*
    answers whose tokens are independent; greedy decoding turns p > 1/2 into a right token, so its jump may also come
    from there: where the mean `prediction_error` is above `CLOSE`, nothing is called explained, and a caveat says so.
    Where no likelihood is known, another score that shows no jump may measure something else: a caveat too. Raises
    UsageError for no run, lengths that differ, log-likelihoods above 0, scores outside [0, 1].
    """
    if not runs:
        raise UsageError("an audit needs at least one run, got none")
    if not 0 <= chance < 1:
        raise UsageError(f"chance must lie in [0, 1), got {chance}")
    seeds = tuple(_audit_seed(run, chance) for run in runs)
    judged = [seed for seed in seeds if seed.jump is not None]
    jumped = clopper_pearson(len(judged), len(seeds))
    names = [name for name in judged[0].left if all(name in seed.left for seed in judged)] if judged else []
    level = 1 - (1 - LEVEL) / max(1, len(names))
    left = {name: _over_seeds([seed.left[name] for seed in judged], level) for name in names}
    caveats = _caveats(seeds, judged, names)
    if not left:
        if judged:
            caveats += ("no other score rises with exact match by more than its noise",)
        return MirageVerdict("cannot be judged", None, None, left, jumped, seeds, caveats)
    deciding = [name for name in left if name not in _after_the_jump(runs)] or list(left)
    smoothest = min(deciding, key=lambda name: left[name].value)
    word = _word(left[smoothest])
    if word == "explained by the metric" and _prediction_error(seeds) > CLOSE:
        word = "cannot be judged"  # the other score goes its own way: what it should predict is not what was seen
    elif word == "explained by the metric" and seeds[0].predicted is None and seeds[0].measured is None:
        caveats += (f"no likelihood is known: {smoothest} shows no jump, and may measure something else",)
    if word == "cannot be judged" and not caveats:
        known = left[smoothest].has_interval
        wide = f"the share left in {smoothest} is known only within {WIDEST_INTERVAL:g} or worse"
        caveats += (wide if known else f"the share left in {smoothest} has no interval: {left[smoothest].method}",)
    return MirageVerdict(word, smoothest, left[smoothest], left, jumped, seeds, caveats)


def _audit_seed(run: ScoredRun, chance: float) -> SeedAudit:
    x_E, exact_E, predicted_E, metrics = _checked(run)
    measured_E = None if run.answer_probability is None else np.asarray(run.answer_probability, dtype=np.float64)
    best_E = predicted_E if measured_E is None else measured_E
    jump, why = _find_jump(exact_E, chance)
    left: dict[str, float] = {}
    if jump is not None:
        stretch = _with_lead(x_E, *jump)
        around = _surroundings(x_E, *stretch)
        steady = _concentration(x_E, stretch, around)
        excess = _concentration(exact_E, stretch, around) - steady
        if excess < LEAST_CONCENTRATION:
            jump, why = None, "exact match rises steadily: there is no jump to explain"
        else:
            for name, metric_E in metrics.items():
                if _is_signal(metric_E, around):
                    left[name] = (_concentration(metric_E, stretch, around) - steady) / excess
    at_chance = jump[0] if jump else 0
    return SeedAudit(
        jump=(float(10 ** x_E[jump[0]]), float(10 ** x_E[jump[1]])) if jump else None,
        why=why,
        left=left,
        predicted=None if predicted_E is None else tuple(predicted_E.tolist()),
        measured=None if measured_E is None else tuple(measured_E.tolist()),
        prediction_error=None if best_E is None else float(np.sqrt(((exact_E - best_E) ** 2).mean())),
        items_needed=None if best_E is None else _items_to_see(float(best_E[at_chance])),
    )


def _after_the_jump(runs: Sequence[ScoredRun]) -> set[str]:
    """Metrics that go on rising where exact match has stopped."""
    return {log_axis(name) for run in runs for name in run.falling}


def log_axis(name: str) -> str:
    """What a metric is called on a logarithmic axis."""
    return f"{name}, log axis"


def _find_jump(exact_E: Floats, chance: float) -> tuple[tuple[int, int] | None, str]:
    rise = exact_E[-1] - chance
    if rise < LEAST_RISE:
        return None, "exact match does not rise"
    end = int(np.flatnonzero(exact_E >= chance + RISE_ENDS * rise)[0])
    starts = np.flatnonzero(exact_E[:end] <= chance + RISE_STARTS * rise)
    if not starts.size:
        return None, "exact match is above chance from the first evaluation on"
    return (int(starts[-1]), end), ""


def _with_lead(x_E: Floats, start: int, end: int) -> tuple[int, int]:
    """The jump and what comes just before it, at least one evaluation."""
    led = int(np.searchsorted(x_E, x_E[start] - LEAD * (x_E[end] - x_E[start])))
    return min(led, max(start - 1, 0)), end


def _surroundings(x_E: Floats, start: int, end: int) -> tuple[int, int]:
    """The outermost evaluations within reach of the jump, at least one on each side where there is one."""
    reach = max(REACH_WIDTHS * (x_E[end] - x_E[start]), REACH_DECADES) + 1e-9
    first = min(int(np.searchsorted(x_E, x_E[start] - reach)), max(start - 1, 0))
    last = max(int(np.searchsorted(x_E, x_E[end] + reach, side="right")) - 1, min(end + 1, len(x_E) - 1))
    return first, last


def _concentration(metric_E: Floats, stretch: tuple[int, int], around: tuple[int, int]) -> float:
    return float((metric_E[stretch[1]] - metric_E[stretch[0]]) / (metric_E[around[1]] - metric_E[around[0]]))


def _is_signal(metric_E: Floats, around: tuple[int, int]) -> bool:
    """Whether a metric rises around the jump by more than its noise, seen in second differences."""
    bends_E = np.diff(metric_E, 2)
    noise = float(np.median(np.abs(bends_E - np.median(bends_E)))) / ndtri(0.75) / 6**0.5
    return bool(metric_E[around[1]] - metric_E[around[0]] > max(LEAST_SIGNAL * noise, 1e-9))


def _items_to_see(chance: float) -> float:
    if chance <= 0:
        return inf
    return 1.0 if chance >= LEVEL else float(ceil(log(1 - LEVEL) / np.log1p(-chance)))


def _over_seeds(left_S: Sequence[float], level: float) -> Estimate:
    if len(left_S) < MIN_SEEDS:
        mean = float(np.mean(left_S))
        return without_interval(mean, len(left_S), f"fewer than {MIN_SEEDS} seeds that jump", level)
    return mean_over_seeds(left_S, level=level, bounds=None)


def _word(share_left: Estimate) -> Word:
    if not share_left.has_interval:
        return "cannot be judged"
    if share_left.value <= EXPLAINED and share_left.high < HALF:
        return "explained by the metric"
    if share_left.value >= UNEXPLAINED and share_left.low > HALF:
        return "not explained"
    return "partly" if share_left.high - share_left.low <= WIDEST_INTERVAL else "cannot be judged"


def _caveats(seeds: Sequence[SeedAudit], judged: Sequence[SeedAudit], names: Sequence[str]) -> tuple[str, ...]:
    said = [
        f"{sum(seed.why == why for seed in seeds)} of {len(seeds)} seeds: {why}"
        for why in dict.fromkeys(seed.why for seed in seeds if seed.why)
    ]
    if len(judged) < MIN_SEEDS:
        said.append(f"{len(judged)} of {len(seeds)} seeds jump: at least {MIN_SEEDS} are needed")
    dropped = sorted(set(chain.from_iterable(seed.left for seed in judged)) - set(names))
    if dropped:
        said.append(f"not above its noise in every seed: {', '.join(dropped)}")
    error = _prediction_error(seeds)
    if error > CLOSE:
        said.append(
            f"the likelihoods miss exact match by {error:.2f}: tokens depend on each other, or decoding is greedy"
        )
    return tuple(said)


def _prediction_error(seeds: Sequence[SeedAudit]) -> float:
    """Its mean over seeds; 0 where no likelihood is known."""
    errors = [seed.prediction_error for seed in seeds if seed.prediction_error is not None]
    return float(np.mean(errors)) if errors else 0.0


def _checked(run: ScoredRun) -> tuple[Floats, Floats, Floats | None, dict[str, Floats]]:
    """log10 of scale, exact match, p^L where it is known, and every metric with its axis, more being better."""
    scale_E, exact_E = finite_vector("scale", run.scale), finite_vector("exact", run.exact)
    loglik_E = None if run.token_loglik is None else finite_vector("token_loglik", run.token_loglik)
    partial = {name: finite_vector(name, values) for name, values in run.partial.items()}
    if run.answer_probability is not None:
        partial[ANSWER] = finite_vector("answer_probability", run.answer_probability)
    for name, values in {"exact": exact_E, "token_loglik": loglik_E, **partial}.items():
        if values is not None and len(values) != len(scale_E):
            raise UsageError(f"{name} needs one number for each of the {len(scale_E)} evaluations, got {len(values)}")
    if len(scale_E) < MIN_POINTS:
        raise UsageError(f"an audit needs at least {MIN_POINTS} evaluations, got {len(scale_E)}")
    if scale_E[0] <= 0 or (np.diff(scale_E) <= 0).any():
        raise UsageError(f"scale must be positive and increasing, got {scale_E.tolist()[:8]}: leave out step 0")
    for name, values in (("exact", exact_E), ("answer_probability", partial.get(ANSWER, exact_E))):
        if ((values < 0) | (values > 1)).any():
            raise UsageError(f"{name} must lie in [0, 1], got {values.min()} to {values.max()}")
    if (loglik_E is None) != (run.length is None):
        raise UsageError("an audit takes token_loglik and length together: one without the other predicts nothing")
    if loglik_E is None and not partial:
        raise UsageError(
            "an audit needs a score to compare exact match with: a likelihood of tokens, or partial credit"
        )
    metrics: dict[str, Floats] = {}
    if loglik_E is not None:
        if (loglik_E > 0).any():
            raise UsageError(
                f"token_loglik is a log-likelihood, at most 0, got {loglik_E.max()}: a loss has the other sign"
            )
        metrics |= {LIKELIHOOD: np.exp(loglik_E), log_axis(LIKELIHOOD): loglik_E}
    if run.length is not None and not run.length >= 1:
        raise UsageError(f"length must be at least 1 token, got {run.length}")
    for name, values in partial.items():
        sign = -1 if name in run.falling else 1
        metrics[name] = sign * values
        if (values > 0).all():
            metrics[log_axis(name)] = sign * np.log(values)
    predicted_E = None if loglik_E is None or run.length is None else np.exp(run.length * loglik_E)
    return np.log10(scale_E), exact_E, predicted_E, metrics
