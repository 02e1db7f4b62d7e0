"""Go on with a run: train what is missing with the options that its manifest holds, and write the report.

Every member goes on from its last saved state and ends with the same bits as if it had never been stopped.
"""

from dataclasses import dataclass

from seedbed.cli.flags import positional
from seedbed.training.crew import early_crew


@dataclass(frozen=True)
class Arguments:
    """Its options.

    run: folder of the run.  workers: processes; by default one a core.  json: print one JSON value.  quiet: show no
    progress.
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
