"""Retrain randomly chosen finished members of a run and compare their weights with the record.

Every file of the run is first checked against its hash. Equal weights are guaranteed only on the same type of processor
and version of jaxlib, so on any other the command says so and trains nothing. The exit code is 1 if a member differs.
"""

from dataclasses import dataclass

from seedbed.cli import output
from seedbed.cli.flags import positional


@dataclass(frozen=True)
class Arguments:
    """Its options.

    run: folder of the run.  members: number of members to retrain.  seed: seed of the random choice.  workers: number
    of processes; by default one per core.  json: print one JSON value.  quiet: show no progress.
    """

    run: str = positional()
    members: int = 3
    seed: int = 0
    workers: int | None = None
    json: bool = False
    quiet: bool = False


def execute(arguments: Arguments) -> int:
    """Regrow, compare, print; 1 where something differs."""
    from seedbed.cli.standing import Standing
    from seedbed.cli.watch import watching
    from seedbed.experiments.verify import choose, regrow
    from seedbed.training import check_workers

    check_workers(arguments.workers)
    chosen = choose(arguments.run, arguments.members, arguments.seed)
    standing = Standing([each.planned for each in chosen])
    with watching(standing, quiet=arguments.quiet) as observers:
        compared = regrow(chosen, workers=arguments.workers, observers=observers)
    equal = all(each.equal for each in compared)
    rows = [
        {"member": each.member, "condition": each.condition, "recorded": each.recorded, "regrown": each.regrown}
        for each in compared
    ]
    if arguments.json:
        output.write_json({"folder": arguments.run, "equal": equal, "members": rows})
    else:
        output.write(
            output.table(
                ["member", "condition", "recorded", "regrown", "equal"],
                [
                    (
                        each.member,
                        each.condition,
                        each.recorded[:16],
                        (each.regrown or "diverged")[:16],
                        "yes" if each.equal else "NO",
                    )
                    for each in compared
                ],
            )
        )
        differ = sum(not each.equal for each in compared)
        output.write(f"{len(compared) - differ} of {len(compared)} members regrew with the same weights")
    return 0 if equal else 1
