"""The four tables that docs/guide-audit.md audits, made by a formula: four seeds that leap near step 1,000."""

import json
from pathlib import Path

STEPS = [round(10 ** (1 + place / 5)) for place in range(21)]
ITEMS = 1000


def score(step: int, seed: int) -> float:
    """At 0 first, near 0.9 in the end; the seeds leap between steps 800 and 1,250."""
    middle = 800 * 1.16**seed
    return round(0.9 / (1 + (middle / step) ** 12), 3)


def write_tables(folder: Path) -> None:
    """A tidy CSV, an export of Weights & Biases, results of lm-evaluation-harness and a trainer's state."""
    rows = [f"{seed},step{step},{100 * score(step, seed):.1f}%" for seed in range(4) for step in STEPS]
    (folder / "seeds.csv").write_text("\n".join(["seed,step,accuracy", *rows]) + "\n")
    names = [f'"run-{seed} - val/acc{end}"' for seed in range(4) for end in ("", "__MIN", "__MAX")]
    lines = [",".join(map(str, [step, *(score(step, seed) for seed in range(4) for _ in range(3))])) for step in STEPS]
    (folder / "wandb.csv").write_text("\n".join([",".join(['"Step"', *names]), *lines]) + "\n")
    for step in STEPS:
        value = {
            "results": {"copa": {"alias": "copa", "acc,none": 0.5 + score(step, 0) / 2, "acc_stderr,none": 0.015}},
            "n-samples": {"copa": {"original": ITEMS, "effective": ITEMS}},
            "configs": {"copa": {"output_type": "multiple_choice"}},
            "model_name": "mine/tiny-70m",
        }
        place = folder / "lm_eval" / f"step{step}"
        place.mkdir(parents=True)
        (place / "results_2026-01-01.json").write_text(json.dumps(value))
    history = []
    for step in STEPS:
        history += [{"step": step, "loss": 3.0 - score(step, 1), "learning_rate": 0.001, "epoch": step / 1e5}]
        history += [{"step": step, "eval_accuracy": score(step, 1), "eval_loss": 3.1 - score(step, 1)}]
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": STEPS[-1], "log_history": history}))
