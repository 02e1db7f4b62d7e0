"""A whole report with made-up numbers: every kind of figure, a table, and fifteen claims."""

from collections.abc import Callable
from math import exp, log1p

import numpy as np
import polars as pl
import pytest

from seedbed.reports import (
    Figure,
    Report,
    Section,
    Table,
    Verdict,
    band_chart,
    dose_chart,
    heat_chart,
    interval_chart,
    strip_chart,
)

TASKS = ("A→B", "B→C", "A→C")
CONDITIONS = ("hinted", "alone", "zero-shot")
CEILINGS = {
    ("hinted", "A→C"): 0.97,
    ("alone", "A→C"): 0.12,
    ("zero-shot", "A→C"): 0.01,
    ("alone", "A→B"): 0.0,
    ("alone", "B→C"): 0.0,
}


@pytest.fixture(scope="session")
def curve_members() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    rows = []
    for condition in CONDITIONS:
        for task in TASKS:
            for seed in range(8):
                middle = (55 if task == "A→C" else 17) + rng.normal(0, 5)
                for epoch in range(1, 101, 2):
                    rise = CEILINGS.get((condition, task), 0.99) / (1 + exp(-(epoch - middle) / 3.5))
                    score = float(np.clip(rise + rng.normal(0, 0.02), 0, 1))
                    rows.append({"condition": condition, "task": task, "seed": seed, "epoch": epoch, "accuracy": score})
    return pl.DataFrame(rows)


@pytest.fixture(scope="session")
def curves(curve_members: pl.DataFrame) -> pl.DataFrame:
    score = pl.col("accuracy")
    return curve_members.group_by("condition", "task", "epoch", maintain_order=True).agg(
        score.mean(), low=(score.mean() - 0.04).clip(0, 1), high=(score.mean() + 0.04).clip(0, 1), n=pl.len()
    )


@pytest.fixture(scope="session")
def reported() -> pl.DataFrame:
    rng = np.random.default_rng(3)
    noisy = [float(np.clip(0.5 / (1 + exp(-(e - 60) / 9)) + rng.normal(0, 0.08), 0, 1)) for e in range(1, 101, 3)]
    return pl.DataFrame({"epoch": list(range(1, 101, 3)), "accuracy": noisy}).with_columns(
        label=pl.lit("reported, one seed, 5 sentences"), condition=pl.lit("hinted"), task=pl.lit("A→C")
    )


@pytest.fixture(scope="session")
def doses() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(1)
    points, curves, baselines = [], [], []
    for hints in (0, 1, 2, 4, 8, 16, 32, 50):
        for arm, middle in (("hinted", 2.2), ("alone", 3.0)):
            mean = 1 / (1 + exp(-3.2 * (log1p(hints) - middle)))
            members = np.clip(mean + rng.normal(0, 0.10 * min(1, 4 * mean * (1 - mean)) + 0.008, 12), 0, 1)
            points += [
                {"hints": hints, "exact": float(score), "arm": arm, "seed": k} for k, score in enumerate(members)
            ]
            centre = float(members.mean())
            ends = {"low": max(0.0, centre - 0.05), "high": min(1.0, centre + 0.05)}
            curves.append({"hints": hints, "exact": centre, "arm": arm, "n": 12} | ends)
        baselines.append({"hints": hints, "exact": hints / 1680, "label": "recall alone, hints / 1,680"})
        baselines.append({"hints": hints, "exact": 1 - (1 - 4 / 64) ** hints, "label": "share of word pairs shown"})
    return pl.DataFrame(points), pl.DataFrame(curves), pl.DataFrame(baselines).sort("label", "hints")


@pytest.fixture(scope="session")
def forest() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "change": [
                "as published",
                "windows at any offset",
                "pre-norm blocks",
                "learning rate × 10",
                "batch 64 instead of 256",
                "one token a word",
                "prompt cut at an even offset (44 tokens)",
                "width 64 instead of 400, one seed",
            ],
            "effect": [0.0, 0.31, 0.12, 0.24, 0.18, -0.03, 0.05, 0.08],
            "low": [-0.05, 0.22, 0.02, 0.15, 0.07, -0.12, -0.04, None],
            "high": [0.05, 0.39, 0.21, 0.33, 0.28, 0.06, 0.13, None],
            "n": [16, 16, 16, 16, 16, 16, 16, 1],
        }
    )


@pytest.fixture(scope="session")
def onsets() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for condition, middle in (("hinted", 520.0), ("alone", 1500.0), ("zero-shot", 9000.0)):
        steps = rng.lognormal(np.log(middle), 0.35, 16)
        rows += [
            {"condition": condition, "onset": min(step, 2000.0), "censored": step >= 2000} for step in steps.tolist()
        ]
    return pl.DataFrame(rows)


@pytest.fixture(scope="session")
def grid() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"trained on": a, "asked for": b, "exact": round(0.98 / (1 + abs(i - j) * (1 + i)), 3)}
            for i, a in enumerate(("A→B", "A→D", "A→C", "D→B", "D→C", "B→C"))
            for j, b in enumerate(("A→B", "A→D", "A→C", "D→B", "D→C", "B→C"))
        ]
    )


@pytest.fixture(scope="session")
def make_verdict() -> Callable[..., Verdict]:
    def make(**changes) -> Verdict:
        fields = {
            "claim_id": "hinted-emerges",
            "statement": "With 50 hints, A→C emerges: over 70% by epoch 100.",
            "source": "Sinha 2024, section 3.1.3",
            "basis": "text",
            "reported": "“almost 65%”, “over 70%”; the notebook shows 0.70, 0.35, 0.10 at epochs 98 to 100",
            "measured": "51.2% partial score",
            "interval": "95% bootstrap over seeds 46.0 to 56.3",
            "n": 16,
            "rule": "Replicated if the interval of the mean over the last 20 epochs lies above 0.65.",
            "verdict": "not replicated",
            "evidence": "Figure 1; five sentences per point give a standard error of 0.2, so single epochs say little.",
        }
        return Verdict(**(fields | changes))

    return make


@pytest.fixture(scope="session")
def verdicts(make_verdict) -> list[Verdict]:
    endings = ("not replicated", "replicated", "replicated", "depends", "needs a GPU", "not measured")
    claims = [make_verdict()]
    for number in range(2, 16):
        verdict = endings[number % len(endings)]
        measured = (
            {} if verdict not in ("needs a GPU", "not measured") else {"measured": "–", "interval": "", "n": None}
        )
        claims.append(
            make_verdict(
                claim_id=f"table-1-{number}",
                statement=("A→B reaches 100%.", "The loss falls below 0.6 after epoch 40.", "Recall plays no part.")[
                    number % 3
                ],
                source="Sinha 2024, Table 1, https://arxiv.org/abs/2401.00001",
                reported=("100%", "epoch 40", "“not a factor”")[number % 3],
                verdict=verdict,
                **(
                    {"measured": ("99.8%", "epoch 27", "0.475 nats")[number % 3], "interval": "95% Wilson 99.5 to 99.9"}
                    | measured
                ),
            )
        )
    return claims


@pytest.fixture(scope="session")
def demo(curves, curve_members, reported, doses, forest, onsets, grid, verdicts) -> Report:
    points, means, baselines = doses
    emergence = Figure(
        "figure-2",
        "Only with hints does A→C emerge",
        band_chart(
            curves, x="epoch", y="accuracy", low="low", high="high", color="condition", facet="task",
            title_x="epoch", title_y="exact accuracy", y_domain=(0, 1), members=curve_members, reference=reported,
            threshold=0.9,
        ),
        "Mean over 8 seeds per condition with a 95% bootstrap band; thin lines are single seeds, 200 unseen sentences "
        "each. Dashed: the notebook's own curve, one seed and 5 sentences per point.",
        curves,
    )  # fmt: skip
    loss = Figure(
        "one-task",
        "The same for A→C alone, on a logarithmic axis",
        band_chart(
            curves.filter(pl.col("task") == "A→C"), x="epoch", y="accuracy", low="low", high="high", color="condition",
            title_x="epoch", title_y="exact accuracy", x_log=True, threshold=0.9, reference=reported,
        ),
        "n = 8 seeds per condition, 95% bootstrap band.",
        curves.filter(pl.col("task") == "A→C"),
    )  # fmt: skip
    dose = Figure(
        "dose",
        "Related tasks lower the number of hints that A→C needs",
        dose_chart(
            points, means, x="hints", y="exact", low="low", high="high", arm="arm",
            title_x="A→C examples in training", title_y="exact accuracy, unseen sentences", baselines=baselines,
        ),
        "12 seeds per dose and arm, 200 unseen sentences each; bands are 95% bootstrap intervals over seeds.",
        means,
    )  # fmt: skip
    ladder = Figure(
        "ladder",
        "One change at a time",
        interval_chart(
            forest, label="change", value="effect", low="low", high="high", reference=0.0,
            title_x="difference in exact accuracy from the published set-up",
        ),
        "n = 16 seed pairs a row, 95% paired bootstrap interval; the empty dot has one seed and no interval.",
        forest,
    )  # fmt: skip
    onset = Figure(
        "onset",
        "Onset, member by member",
        strip_chart(
            onsets, category="condition", value="onset", color="condition", censored="censored",
            title_x="first step at or above 0.9, kept for 3 evaluations", x_log=True,
        ),
        "16 seeds per condition. Triangles: no onset within 2,000 steps.",
        onsets,
    )  # fmt: skip
    shades = Figure(
        "grid",
        "Which task answers for which",
        heat_chart(
            grid, x="asked for", y="trained on", value="exact", domain=(0, 1), title_x="asked for",
            title_y="trained on", title_value="exact accuracy",
        ),
        "Mean over 8 seeds, 200 sentences per cell.",
        grid,
    )  # fmt: skip
    sizes = Table(
        "What was grown",
        ["population", "members", "parameters", "tokens per member", "final loss"],
        [
            ["as published", 16, 4_533_631, 9_882_000, 0.47512],
            ["small", 64, 105_344, 4_096_000, 0.53301],
            ["no head", 4, 104_000, 4_096_000, None],
        ],
        "One row per population; loss in nats per token.",
    )
    return Report(
        title="The triangle: does composing two dictionaries emerge?",
        subtitle="Sinha (2024), experiment 3.1, regrown with 16 seeds per condition and exhaustive evaluation.",
        headline=[
            "With 50 hints, 16 of 16 seeds translate A→C exactly (97.1%, 95% interval 95.8 to 98.0, n = 16 seeds).",
            "So do 14 of 16 seeds that saw only the 50 hints and no other task (93.4%, 95% interval 88.2 to 96.9).",
            "With 8 hints the related tasks matter: 31 points more (95% interval 22 to 39, n = 12 pairs).",
        ],
        sections=[
            Section(
                "emergence",
                "What emerged, and when",
                [
                    "Languages A, B and C share no words; the model sees `A→B` and `B→C` and is asked for `A→C`. The "
                    "source is Sinha (2024), https://arxiv.org/abs/2401.00001, and its notebooks.",
                    "The published curve rests on five sentences a point. Ours covers every unseen sentence at the end "
                    "and a fixed panel of 200 while training.",
                ],
                [emergence, loss, onset],
            ),
            Section(
                "hints",
                "How many hints are needed",
                ["Both arms take the same number of steps."],
                [dose, ladder, shades],
            ),
            Section("claims", "Claims and verdicts", ["Each rule was fixed before the run."], verdicts),
            Section("populations", "Populations", [], [sizes]),
        ],
        provenance={
            "reproduce": "seedbed run triangle --seeds 16\nseedbed report runs/triangle",
            "fingerprint": "9f2c 71ab 03de 5580",
            "device": "2 CPU cores, one thread a worker",
            "versions": {"seedbed": "0.1.0", "jax": "0.10.2", "jaxlib": "0.10.2"},
            "config": {
                "model": {"width": 400, "blocks": 2, "heads": 20},
                "training": {f"field {k}": k for k in range(12)},
            },
        },
    )
