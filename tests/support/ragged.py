"""Populations as people have them: seeds on different grids, with gaps, some cut off early, some that never emerge."""

import numpy as np
import polars as pl


def ragged_curves(number: int, most_seeds: int = 16) -> list[tuple[np.ndarray, np.ndarray]]:
    """The steps and scores of each seed in one of endless random populations."""
    rng = np.random.default_rng((71, number))
    seeds = int(rng.integers(1, most_seeds + 1))
    grid = np.sort(rng.choice(np.arange(100), size=int(rng.integers(1, 31)), replace=False)) * 10.0
    spread, never, cut, kept = rng.uniform(0, 0.6), rng.uniform(0, 0.4), rng.uniform(0, 0.5), rng.uniform(0.3, 1)
    curves = []
    for _ in range(seeds):
        own = grid[rng.random(len(grid)) < kept]
        own = own if len(own) else grid[:1]
        if rng.random() < cut:
            own = own[: int(rng.integers(1, len(own) + 1))]
        onset = np.inf if rng.random() < never else 10 ** rng.normal(2.5, spread)
        height, noise = rng.choice([0.95, 0.6]), rng.choice([0.0, 0.2])
        scores = np.clip(np.where(own >= onset, height, 0.0) + noise * rng.normal(size=len(own)), 0, 1)
        curves.append((own, scores.round(3)))
    return curves


def ragged_table(number: int, most_seeds: int = 16) -> pl.DataFrame:
    """The same as a table: seed, step, score."""
    return pl.concat(
        pl.DataFrame({"seed": [f"s{seed:02}"] * len(steps), "step": steps, "score": scores})
        for seed, (steps, scores) in enumerate(ragged_curves(number, most_seeds))
    )
