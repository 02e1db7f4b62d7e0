"""Continue an interrupted run: train what is missing with the options in its manifest, and write the report.

Every member continues from its last saved state and ends with the same bits as in an uninterrupted run.
"""

from dataclasses import dataclass

from seedbed.cli.flags import positional
from seedbed.training.crew import early_crew


@dataclass(frozen=True)
class Arguments:
    """Its options.

    run: folder of the run.  workers: number of processes; by default one per core.  json: print one JSON value.  quiet:
    show no progress.
    """

    run: str = positional()
    workers: int | None = None
    json: bool = False
    quiet: bool = False


def execute(arguments: Arguments) -> int:
    """Grow what is missing."""
    with early_crew(arguments.workers is None) as crew:
        from seedbed.cli.growing import grow
        from seedbed.experiments.results import open_results

        results = open_results(arguments.run)
        return grow(
            results.experiment,
            results.options,
            arguments.run,
            arguments.workers,
            as_json=arguments.json,
            quiet=arguments.quiet,
            crew=crew,
        )
