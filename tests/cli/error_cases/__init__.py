"""Every row of docs/errors.md that a command line meets, a file a part of the page."""

from error_cases import (
    commands,
    importing_models,
    judging,
    measuring,
    run_folders,
    settings,
    tables,
    tokenizers,
    using_models,
)
from error_cases.harness import CASES

__all__ = [
    "CASES",
    "commands",
    "importing_models",
    "judging",
    "measuring",
    "run_folders",
    "settings",
    "tables",
    "tokenizers",
    "using_models",
]
