"""The paper's theory as claims: what each proposition says of a number that can be measured, and when it holds.

Source: Sinha (2024), section 4. Rules were written before the runs. "At once" is taken as within a quarter.
"""

from seedbed.experiments.claims import Claim, Rule

P1, P2, P3, P4 = (f"Sinha (2024), Proposition {number}" for number in (1, 2, 3, 4))
A2, L1, L2 = "Sinha (2024), Assumption 2", "Sinha (2024), Lemma 1", "Sinha (2024), Lemma 2"
AT_ONCE = Rule(low=0.8, high=1.25, unit="number")

CLAIMS = [
    Claim(
        "majority-first",
        "The loss of the majority task falls first",
        P1,
        "argued, not measured",
        (
            "pooled loss, 90% of windows: step at which the minority task's loss drops, divided by that of the "
            "majority task"
        ),
        Rule(low=1.0, unit="number"),
        basis="text",
    ),
    Claim(
        "balance-at-once",
        "With equal shares both losses fall at the same time",
        P1,
        "argued, not measured",
        "pooled loss, 50% of windows: step at which one task's loss drops, divided by that of the other task",
        AT_ONCE,
        basis="text",
    ),
    Claim(
        "averaged-majority-first",
        "The loss of the majority task falls first if each task's loss is averaged over its own size, as in the proof "
        "of the proposition",
        P1,
        "argued, not measured",
        (
            "per-task loss, 90% of windows: step at which the minority task's loss drops, divided by that of the "
            "majority task"
        ),
        Rule(low=1.25, unit="number"),
        basis="text",
    ),
    Claim(
        "mixture-without-shots",
        "Without shots, the output mixes the tasks in proportion to how often each was seen",
        P2,
        "argued, not measured",
        "pooled loss: |probability of a task's right answer - its share of windows|, mean",
        Rule(high=0.05, unit="number"),
        basis="text",
    ),
    Claim(
        "order-of-shots",
        "Shots identify a task regardless of their order, as they do for exact Bayes",
        P2,
        "argued, not measured",
        "pooled loss, 50%: probability of a word of B after shots of A->B and A->C, minus that after A->C and A->B",
        Rule(low=-0.1, high=0.1, unit="number"),
        basis="our inference",
    ),
    Claim(
        "telling-prompt",
        "A more informative prompt brings the model closer to the task's solver",
        P3,
        "argued, not measured",
        "pooled loss: KL to exact Bayes after 3 shots minus that after 1 shot, nats per token",
        Rule(high=0.0, unit="number"),
        basis="text",
    ),
    Claim(
        "near-bayes",
        "After three shots, a trained model is close to exact Bayes",
        P3,
        "our number",
        "pooled loss, all mixtures: KL after 3 shots, nats per token",
        Rule(high=0.05, unit="number"),
        basis="our inference",
    ),
    Claim(
        "more-examples-closer",
        "More examples of a task bring the model closer to its solver",
        P3,
        "argued, not measured",
        "pooled loss, 90%: KL after 3 shots of the minority task minus that of the majority task, nats per token",
        Rule(low=0.0, unit="number"),
        basis="text",
    ),
    Claim(
        "recall-few",
        "With 4 examples, recall explains the scores",
        P4,
        "x of |N|",
        "share of members that score higher than recall explains (exact tail, Holm 5%)",
        Rule(high=0.05),
        basis="text",
    ),
    Claim(
        "recall-many",
        "With 48 examples, recall explains the scores",
        P4,
        "x of |N|",
        "share of members that score higher than recall explains (exact tail, Holm 5%)",
        Rule(high=0.05),
        basis="text",
    ),
    Claim(
        "pretraining-helps",
        "A model pre-trained on related tasks learns a sparse one faster than a fresh one",
        A2,
        "assumed",
        (
            "48 examples of A->C: onset after related pre-training divided by that of an untrained model, counted "
            "from the first step on A->C"
        ),
        Rule(high=1.0, unit="number"),
        basis="text",
    ),
    Claim(
        "relatedness-helps",
        "The relation between the tasks helps, not training as such",
        A2,
        "assumed",
        "48 examples of A->C: onset after related pre-training divided by that after unrelated pre-training",
        Rule(high=1.0, unit="number"),
        basis="text",
    ),
    Claim(
        "in-distribution-only",
        "Models cannot generate out of distribution; tested here on one untaught task of one world",
        "Sinha (2024), section 4",
        "argued, not measured",
        (
            "exact match on B->C, which is never read in training, after 3 shots of B->C that show all of the "
            "question's words"
        ),
        Rule(high=0.01),
        basis="text",
    ),
    Claim(
        "lemma-1",
        "Moving the attention map by eps moves the output in proportion to eps",
        L1,
        "O(eps)",
        "slope of log output change against log eps",
        Rule(low=0.95, high=1.05, unit="number"),
        basis="text",
    ),
    Claim(
        "lemma-2",
        "If A->C and B->C decode to the same output, equation 3 holds",
        L2,
        "0",
        "residual of equation 3 on trained weights, divided by the residual with randomly rotated keys and queries",
        Rule(high=0.1, unit="number"),
        basis="text",
    ),
]
