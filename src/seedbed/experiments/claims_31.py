"""Every claim of section 3.1, and each point on which its text, curves and settings disagree, as data.

Source: Sinha (2024), section 3.1, and the notebooks' own curves. Rules were written before the runs.
"""

from functools import cache
from math import comb

import numpy as np

from seedbed.emergence import MemorisingBaseline, chance_of_reaching, hoeffding_bound
from seedbed.experiments.claims import Claim, Measured, Rule, exactly
from seedbed.experiments.measures import mean_value
from seedbed.experiments.perfect_translator import least_loss, perfect_score
from seedbed.experiments.published import figure2
from seedbed.models import parameter_count, preset
from seedbed.tasks import Mixture, World, WorldConfig, bayes_floor, piece_stream, stream, window_source

PERFECT_STREAMS = 8
STREAMS = ("stream", "streams")  # what n counts

TEXT, CURVES, PROP4 = (
    "Sinha (2024), section 3.1",
    "Sinha (2024), figure 2, the notebook's numbers",
    "Sinha (2024), Proposition 4",
)

EMERGENCE = [
    Claim(
        "hinted-emerges",
        "With A->B, B->C and 50 hints, A->C emerges",
        TEXT,
        "65% to over 70%, 5 sentences",
        "`hinted`, exact A->C, unseen, coverage 0",
        Rule(low=0.65),
        basis="text",
    ),
    Claim(
        "zero-shot-absent",
        "Without hints, A->C does not emerge",
        TEXT,
        "0%",
        "`zero-shot`, exact A->C, unseen, coverage 0",
        Rule(high=0.01),
        basis="text",
    ),
    Claim(
        "alone-absent",
        "50 examples of A->C do not suffice by themselves: the related corpora make A->C emerge",
        TEXT,
        "8% (mean of the last 20 epochs)",
        "`alone`, exact A->C, unseen, coverage 0",
        Rule(high=0.2),
        turns_with="training settings and the number of examples (`seedbed run hints`)",
        basis="figure",
    ),
    Claim(
        "not-copying",
        "The model translates rather than copies",
        TEXT,
        "not tested: 87.5% of question words are shown",
        "`hinted`, exact at coverage 0 minus at coverage 4, A->C, unseen",
        Rule(low=-0.05),
        basis="our inference",
    ),
]

PAPER_RUN = [
    Claim(
        "final-65",
        "A->C reaches almost 65% in the 100th epoch",
        TEXT,
        "65% (its curve: 10% at epoch 100)",
        "paper's own test at the last epoch, `hinted`, 100 sentences",
        Rule(low=0.6, high=0.8),
        basis="text",
    ),
    Claim(
        "last-20",
        "A->C over the last 20 epochs",
        CURVES,
        "50.5%",
        "paper's own test, mean of the last 20 epochs, `hinted`",
        Rule(low=0.405, high=0.605),
        basis="figure",
    ),
    Claim(
        "alone-8",
        "The 8% of `alone` shows how little 50 examples teach",
        CURVES,
        "8% over the last 20 epochs",
        "score of a perfect translator in the same test, with tokens learned from 50 examples: mean over 8 streams",
        Rule(low=0.9),
        basis="figure",
    ),
    Claim(
        "alone-last-20",
        "A->C in `alone` over the last 20 epochs",
        CURVES,
        "8%",
        "paper's own test, as the notebook scores it, mean of the last 20 epochs, `alone`",
        Rule(high=0.18),
        basis="figure",
    ),
    Claim(
        "zero-0",
        "A->C in `zero-shot` over the last 20 epochs",
        CURVES,
        "0%",
        "paper's own test, mean of the last 20 epochs, `zero-shot`",
        Rule(high=0.05),
        basis="figure",
    ),
    Claim(
        "loss-hinted-50",
        "Training loss of `hinted` at epoch 50",
        CURVES,
        f"{figure2('hinted', 50):.3f}",
        "mean over the epoch, divided by the published one",
        Rule(0.97, 1.03, "number"),
        basis="figure",
    ),
    Claim(
        "loss-hinted-100",
        "Training loss of `hinted` at epoch 100",
        CURVES,
        f"{figure2('hinted', 100):.3f}",
        "mean over the epoch, divided by the published one",
        Rule(0.97, 1.03, "number"),
        basis="figure",
    ),
    Claim(
        "loss-zero-50",
        "Training loss of `zero-shot` at epoch 50",
        CURVES,
        f"{figure2('zero-shot', 50):.3f}",
        "mean over the epoch, divided by the published one",
        Rule(0.97, 1.03, "number"),
        basis="figure",
    ),
    Claim(
        "loss-zero-100",
        "Training loss of `zero-shot` at epoch 100",
        CURVES,
        f"{figure2('zero-shot', 100):.3f}",
        "mean over the epoch, divided by the published one",
        Rule(0.97, 1.03, "number"),
        basis="figure",
    ),
    Claim(
        "loss-alone-50",
        "Training loss of `alone` at epoch 50",
        CURVES,
        f"{figure2('alone', 50):.3f}",
        "mean over the epoch, divided by the published one",
        Rule(0.9, 1.1, "number"),
        basis="figure",
    ),
    Claim(
        "loss-alone-100",
        "Training loss of `alone` at epoch 100",
        CURVES,
        f"{figure2('alone', 100):.3f}",
        "mean over the epoch, divided by the published one",
        Rule(0.9, 1.1, "number"),
        basis="figure",
    ),
    Claim(
        "crossing-hinted",
        "The loss of `hinted` falls below 0.6",
        CURVES,
        "epoch 27 (the text: after epoch 40)",
        "first epoch below 0.6",
        Rule(22, 32, "number"),
        basis="figure",
    ),
    Claim(
        "crossing-zero",
        "The loss of `zero-shot` falls below 0.6",
        CURVES,
        "epoch 25",
        "first epoch below 0.6",
        Rule(20, 30, "number"),
        basis="figure",
    ),
    Claim(
        "rise-with-loss",
        "A->C rises sharply when the loss falls below 0.6",
        TEXT,
        "after epoch 40 (its curves: loss at 27, A->C at 51)",
        "epochs from that crossing until A->C reaches 25%",
        Rule(0, 5, "number"),
        basis="text",
    ),
    Claim(
        "no-memorising",
        "Memorisation is not a factor",
        TEXT,
        "stated; final losses 0.475, 0.476, 0.168",
        "`hinted`: last loss minus the exact Bayes floor of 0.533, nats per token",
        Rule(0.0, unit="number"),
        basis="text",
    ),
    Claim(
        "phase-cut",
        "A test prompt truncated to its last 45 tokens resembles the training windows",
        TEXT,
        "not tested: training windows start at even offsets, truncated prompts at an odd one",
        "`hinted`, A->B, paper's own test at the end: score with 44 tokens minus score with 45",
        Rule(-0.05, 0.05),
        basis="our inference",
    ),
]

ARITHMETIC = [
    Claim(
        "parameters-31",
        "The model of section 3.1 has 4,533,631 parameters",
        TEXT,
        "4,533,631",
        "counted",
        Rule(4_533_631, 4_533_631, "number"),
        basis="text",
    ),
    Claim(
        "parameters-32",
        "The model of section 3.2 has 34,196,455 parameters",
        "Sinha (2024), section 3.2",
        "34,196,455",
        "counted",
        Rule(34_196_455, 34_196_455, "number"),
        basis="text",
    ),
    Claim(
        "windows", "5,050 instances give 2,196 windows", TEXT, "2,196", "cut", Rule(2196, 2196, "number"), basis="code"
    ),
    Claim("steps-an-epoch", "2,196 windows are 9 steps an epoch", TEXT, "9", "cut", Rule(9, 9, "number"), basis="code"),
    Claim(
        "hoeffding",
        "The probability of reaching 60% by memorising, with n = 5, is at most 7.74%",
        PROP4,
        "7.74%",
        "the one-sided Hoeffding bound, which is the one that applies, is not larger",
        Rule(high=0.0774),
        basis="text",
    ),
    Claim(
        "hoeffding-tight",
        "7.74% is the bound for `at least 60%`",
        PROP4,
        "7.74% = 2 exp(-2 n t^2), the two-sided form",
        "the one-sided bound",
        Rule(0.0773, 0.0775),
        basis="text",
    ),
    Claim(
        "shown-words",
        "Test prompts do not give the answer away",
        TEXT,
        "not tested: 6 random shots, truncated to slightly more than two",
        "share of question words that three random shots show",
        Rule(high=0.1),
        basis="our inference",
    ),
    Claim(
        "shown-all",
        "Copying cannot pass the test",
        TEXT,
        "not tested",
        "share of prompts whose three random shots show all four words",
        Rule(high=0.1),
        basis="our inference",
    ),
    Claim(
        "below-the-floor",
        "Final training losses are those of a model that generalises",
        CURVES,
        "0.475 `hinted`, 0.476 `zero-shot`",
        "least of the two losses minus its exact Bayes floor, nats per token",
        Rule(0.0, unit="number"),
        basis="our inference",
    ),
    Claim(
        "below-the-source",
        "The final training loss of `alone` is that of a model that generalises",
        CURVES,
        "0.168",
        "loss minus the lowest possible loss of a reader of single windows, in the learned tokens",
        Rule(0.0, unit="number"),
        basis="our inference",
    ),
    Claim(
        "curve-65",
        "Its own curve shows almost 65% in the 100th epoch",
        CURVES,
        "65%",
        "A->C at epoch 100 of the published curve",
        Rule(0.6, 0.7),
        basis="figure",
    ),
    Claim(
        "curve-rise",
        "Its own curves rise when the loss falls below 0.6",
        CURVES,
        "after epoch 40",
        "epochs from the loss's crossing to A->C at 25%, published curve",
        Rule(0, 5, "number"),
        basis="figure",
    ),
]


@cache
def arithmetic() -> dict[str, Measured]:
    """The claims that need no training, computed here each time."""
    paper = MemorisingBaseline(shown=50, possible=1680, tested=5)
    one_sided = hoeffding_bound(0.6, paper)
    world = WorldConfig(tokens="piece")
    hinted = Mixture((("A->B", 2500), ("B->C", 2500), ("A->C", 50)))
    windows = window_source(
        stream(World(world), hinted, 0), hinted, world.tasks, kind="fixed", window=46, batch=256, data_seed=0
    )
    floors = {"hinted": hinted, "zero-shot": Mixture(hinted.counts[:2])}
    below = min(figure2(name, 100) - bayes_floor(world, mixture, 46) for name, mixture in floors.items())
    alone, learned = Mixture(hinted.counts[2:]), WorldConfig(tokens="piece-learned")
    perfect = mean_value(
        np.array([perfect_score(learned, alone, "A->C", seed=seed) for seed in range(PERFECT_STREAMS)])
    )
    assert perfect is not None
    cut = max(-(-len(piece_stream(learned, alone, seed).token_N) // 46) for seed in range(PERFECT_STREAMS))
    source = least_loss(learned, 50, cut, 46)
    crossing = next(epoch for epoch in range(1, 101) if figure2("hinted", epoch) < 0.6)
    rise = next(epoch for epoch in range(1, 101) if figure2("hinted", epoch, "a_to_c") >= 0.25)
    exact_tail = chance_of_reaching(0.6, paper)
    return {
        "parameters-31": Measured(exactly(parameter_count(preset("paper-3.1"), 30))),
        "parameters-32": Measured(exactly(parameter_count(preset("paper-3.2"), 54))),
        "windows": Measured(exactly(windows.windows)),
        "steps-an-epoch": Measured(exactly(windows.steps_per_epoch)),
        "hoeffding": Measured(exactly(one_sided), f"The exact chance is {100 * exact_tail:.3f}%."),
        "hoeffding-tight": Measured(exactly(one_sided), "The event is one-sided, so half the number applies."),
        "shown-words": Measured(exactly(1 - 0.5**3), "By counting subsets."),
        "shown-all": Measured(exactly(_all_shown()), "By inclusion and exclusion."),
        "below-the-floor": Measured(exactly(below), "Losses below the floor show that windows were memorised."),
        "below-the-source": Measured(
            exactly(figure2("alone", 100) - source), f"The average loss of such a reader is at least {source:.3f}."
        ),
        "alone-8": Measured(
            perfect,
            "With two tokens per word, as in `hinted`, it is 100%. In `alone`, no model could pass the test.",
            STREAMS,
            False,
        ),
        "curve-65": Measured(exactly(figure2("hinted", 100, "a_to_c")), "Epochs 98 to 100: 0.70, 0.35, 0.10."),
        "curve-rise": Measured(
            exactly(rise - crossing), f"The loss crosses at epoch {crossing}, A->C reaches 25% at {rise}."
        ),
    }


def _all_shown(words: int = 8, length: int = 4, shots: int = 3) -> float:
    """Chance that `shots` random sentences together show every word of a question."""
    total = comb(words, length)
    terms = [(-1) ** k * comb(length, k) * (comb(words - k, length) / total) ** shots for k in range(length + 1)]
    return float(np.sum(terms))
