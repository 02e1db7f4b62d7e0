"""What Eldan & Li (2023) say of sizes, as claims on the grid; tasks and rules were fixed before the run."""

from seedbed.experiments.claims import Claim, Rule

TABLE = "Eldan & Li (2023), table of widths and blocks"
FINDINGS = "Eldan & Li (2023), section 4"
# Their evaluation loss, nats a token of their vocabulary, by (width, blocks); sizes that the grid has.
LOSSES = {(64, 2): 2.38, (64, 4): 2.26, (128, 2): 1.92, (128, 4): 1.78, (256, 2): 1.60, (256, 4): 1.47}

ORDER, GRAMMAR_FIRST, WIDTH, DEPTH = "order-of-losses", "grammar-first", "width-128", "depth-tracks"

CLAIMS = [
    Claim(
        ORDER,
        "Sizes come in the order of the table's losses",
        TABLE,
        "2.38 (64/2) down to 1.47 (256/4)",
        "Spearman's rank correlation of mean held-out bits per byte with the table's losses over the shared sizes",
        Rule(low=0.8, unit="number"),
        depends_on="the number of shared sizes: the interval takes them as a sample of sizes",
    ),
    Claim(
        GRAMMAR_FIRST,
        "Grammar comes at smaller sizes than consistency",
        FINDINGS,
        "grammar 4.33, consistency 2.41 of 10 at 64/2",
        "at width 64, mean score of the tasks of grammar less that of the tasks of consistency",
        Rule(low=0.1),
    ),
    Claim(
        WIDTH,
        "Consistency emerges between widths 64 and 128",
        FINDINGS,
        "2.41 to 4.75 of 10 (2 blocks), 3.77 to 6.60 (4 blocks)",
        "mean score of the tasks of consistency at width 128 less that at width 64, over all depths",
        Rule(low=0.1),
    ),
    Claim(
        DEPTH,
        "Depth drives the tracking of context",
        FINDINGS,
        "instruct 5.81 at 768/1 against 7.23 at 256/2",
        "mean score of the tasks of consistency and state with most blocks less that with fewest, over all widths",
        Rule(low=0.05),
    ),
]
