"""What a run looks like when training resumes: every unfinished member stands at its checkpoint again.

Rows later than the checkpoint would regrow identically, so they are dropped and not told apart. Pure functions.
"""

from collections.abc import Collection, Mapping

import polars as pl

from seedbed.store.checkpoints import file_of
from seedbed.store.members import ENDED, PLANNED, Table


def rewound(
    table: Table, files: Collection[str], curves: Mapping[str, pl.DataFrame]
) -> tuple[Table, dict[str, pl.DataFrame]]:
    """The members' table with every unfinished member at its checkpoint, and those curve files that lose rows.

    files: all names in the run.  curves: content of each curve file; one that loses every row comes back empty.
    A member without a checkpoint is planned anew, at step 0, without rows.
    """
    reset, last_steps = dict(table), {}
    for member, row in table.items():
        if row["state"] in ENDED:
            continue
        if file_of(member) in files:
            last_steps[member] = row["step"]
        else:
            last_steps[member] = -1
            reset[member] = {**row, **PLANNED, "tokens": None}
    kept = {name: _within(frame, last_steps) for name, frame in curves.items()}
    return reset, {name: frame for name, frame in kept.items() if frame.height < curves[name].height}


def _within(frame: pl.DataFrame, last_steps: Mapping[str, int]) -> pl.DataFrame:
    limits = pl.DataFrame(
        {"member": list(last_steps), "last": list(last_steps.values())}, schema={"member": pl.String, "last": pl.Int64}
    )
    bounded = frame.join(limits, on="member", how="left", maintain_order="left")
    return bounded.filter(pl.col("last").is_null() | (pl.col("step") <= pl.col("last"))).drop("last")
