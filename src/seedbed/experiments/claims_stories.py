"""What Eldan & Li (2023) say about model size, as claims on the grid; tasks and rules were fixed before the run."""

from seedbed.experiments.claims import Claim, Rule

TABLE = "Eldan & Li (2023), table of widths and blocks"
FINDINGS = "Eldan & Li (2023), section 4"
# Their evaluation loss, nats per token of their vocabulary, by (width, blocks); sizes that the grid has.
LOSSES = {(64, 2): 2.38, (64, 4): 2.26, (128, 2): 1.92, (128, 4): 1.78, (256, 2): 1.60, (256, 4): 1.47}

SMALL, LARGE = 64, 256  # widths between which a plateau is looked for
ABOVE_GUESSING = 0.05  # what a width must score above it, to be compared with

ORDER, PLATEAU, WIDTH, FACTS_BY_WIDTH, DEPTH = (
    "order-of-losses", "grammar-plateaus-first", "width-128", "width-facts", "depth-tracks",
)  # fmt: skip
BY_DEPTH = (
    "how much doubling the number of blocks adds to the score of {what} at equal held-out bits per byte, and "
    "therefore at a smaller width: least-squares regression of the score on bits per byte and log2 of the number of "
    "blocks over all sizes, by seed, with the questions taken as fixed"
)

CLAIMS = [
    Claim(
        ORDER,
        "The sizes are ordered as in the table of losses",
        TABLE,
        "2.38 (64/2), 2.26 (64/4), 1.92 (128/2), 1.78 (128/4), 1.60 (256/2), 1.47 (256/4)",
        "Spearman's rank correlation between the table's losses and our held-out bits per byte (means over seeds), "
        "over the 6 sizes that both have; the table's losses are taken as exact, so the interval reflects the means "
        "alone",
        Rule(low=0.8, unit="number"),
        basis="table",
    ),
    Claim(
        PLATEAU,
        "Grammar plateaus before consistency",
        FINDINGS,
        (
            "width 64 reaches 0.58 and 0.70 of the score of width 256 in grammar, and 0.33 and 0.49 in consistency (2 "
            "and 4 blocks)"
        ),
        f"the score above guessing at width {SMALL} divided by that at width {LARGE}, as means over depths: this "
        "ratio for the grammar tasks minus that for the consistency tasks, by seed; measured only if both are "
        f"{100 * ABOVE_GUESSING:g} points above guessing at width {LARGE} in every seed",
        Rule(low=0.0, unit="number"),
        basis="second hand",
    ),
    Claim(
        WIDTH,
        "Consistency emerges between widths 64 and 128",
        FINDINGS,
        "2.41 to 4.75 of 10 (2 blocks), 3.77 to 6.60 (4 blocks)",
        "mean score of the consistency tasks at width 128 minus that at width 64, over all depths, by seed",
        Rule(low=0.1),
        basis="second hand",
    ),
    Claim(
        FACTS_BY_WIDTH,
        "Width drives facts",
        FINDINGS,
        "no numbers available",
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
