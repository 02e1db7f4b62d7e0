"""What Eldan & Li (2023) say of sizes, as claims on the grid; tasks and rules were fixed before the run."""

from seedbed.experiments.claims import Claim, Rule

TABLE = "Eldan & Li (2023), table of widths and blocks"
FINDINGS = "Eldan & Li (2023), section 4"
# Their evaluation loss, nats a token of their vocabulary, by (width, blocks); sizes that the grid has.
LOSSES = {(64, 2): 2.38, (64, 4): 2.26, (128, 2): 1.92, (128, 4): 1.78, (256, 2): 1.60, (256, 4): 1.47}

SMALL, LARGE = 64, 256  # widths between which a plateau is looked for
ABOVE_GUESSING = 0.05  # what a width must score above it, to be compared with

ORDER, PLATEAU, WIDTH, FACTS_BY_WIDTH, DEPTH = (
    "order-of-losses", "grammar-plateaus-first", "width-128", "width-facts", "depth-tracks",
)  # fmt: skip
BY_DEPTH = (
    "what a doubling of the blocks adds to the score of {what} at equal held-out bits per byte, so at the cost of "
    "width: least squares of the score on bits per byte and log2 of the blocks over all sizes, by seed, the questions "
    "as given"
)

CLAIMS = [
    Claim(
        ORDER,
        "Sizes come in the order of the table's losses",
        TABLE,
        "2.38 (64/2), 2.26 (64/4), 1.92 (128/2), 1.78 (128/4), 1.60 (256/2), 1.47 (256/4)",
        "Spearman's rank correlation of the table's losses with held-out bits per byte, means over seeds, over the "
        "sizes that both have (6), taken as given: the interval is that of the means",
        Rule(low=0.8, unit="number"),
        basis="table",
    ),
    Claim(
        PLATEAU,
        "Grammar plateaus before consistency",
        FINDINGS,
        "of its score at width 256, width 64 has 0.58 and 0.70 in grammar, 0.33 and 0.49 in consistency (2, 4 blocks)",
        f"the score above guessing at width {SMALL} by that at width {LARGE}, means over depths: the ratio of the "
        "tasks of grammar less that of the tasks of consistency, by seed; not measured unless both are "
        f"{100 * ABOVE_GUESSING:g} points above guessing at width {LARGE} in every seed",
        Rule(low=0.0, unit="number"),
        basis="second hand",
    ),
    Claim(
        WIDTH,
        "Consistency emerges between widths 64 and 128",
        FINDINGS,
        "2.41 to 4.75 of 10 (2 blocks), 3.77 to 6.60 (4 blocks)",
        "mean score of the tasks of consistency at width 128 less that at width 64, over all depths, by seed",
        Rule(low=0.1),
        basis="second hand",
    ),
    Claim(
        FACTS_BY_WIDTH,
        "Width drives facts",
        FINDINGS,
        "no figures at hand",
        BY_DEPTH.format(what="the task of facts"),
        Rule(high=0.0),
        basis="second hand",
    ),
    Claim(
        DEPTH,
        "Depth drives the tracking of context",
        FINDINGS,
        "instruct 5.81 at 768/1 (loss 1.54) against 7.23 at 256/2 (loss 1.60)",
        BY_DEPTH.format(what="the tasks of consistency and state"),
        Rule(low=0.0),
        basis="second hand",
    ),
]
