"""Export a model for another tool, or the record of a run without its weights.

`hf`: a Hugging Face model folder with config.json, model.safetensors and, if there is a tokenizer, tokenizer.json. It
supports Llama (rotary positions, SwiGLU, RMSNorm), GPT-2 (learned positions, LayerNorm, GELU, biases) and GPT-Neo
(sliding windows, unscaled attention scores).

`llama2c`: a llama2.c model file and, if the model was imported with a tokenizer, the tokenizer file; for Llama models
only. A model that was imported from such a file is exported to identical bytes. If the format cannot represent a model,
the export is refused; if it cannot represent the tokenizer, the tokenizer is left out. The command says why.

`record`: the run without the weights of its members and without its report, small enough to archive or send.
`seedbed report` makes the report with all its figures from the record, and training of unfinished members can continue.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seedbed.cli import output
from seedbed.cli.flags import positional
from seedbed.config import UsageError


@dataclass(frozen=True)
class Arguments:
    """run: folder of a run or of a model.  to: the format.  member: name of a member of the run, or the beginning of
    its name; by default the first finished one; a record holds all members.  out: folder to create; by default one
    named after the format, beside the model.  json: print one JSON value.
    """

    run: str = positional()
    to: Literal["hf", "llama2c", "record"] = "hf"
    member: str | None = None
    out: str | None = None
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Read, convert, write."""
    from seedbed.interop import check_new
    from seedbed.store import write_file

    if arguments.out == "":
        raise UsageError("--out must name a folder, got '': omit the option to use the default folder beside the model")
    folder = Path(arguments.out or f"{Path(arguments.run)}-{arguments.to}")
    check_new(folder)
    files, left_out = _record(arguments) if arguments.to == "record" else _model(arguments)
    for name, content in files.items():
        write_file(folder / name, content)
    if arguments.json:
        output.write_json({"folder": str(folder), "files": sorted(files), "without_tokenizer": left_out or None})
    else:
        output.write("\n".join(str(folder / name) for name in sorted(files)))
        if left_out:
            print(f"the tokenizer was not exported: {left_out}", file=sys.stderr)
    return 0


def _record(arguments: Arguments) -> tuple[dict[str, bytes], str]:
    from seedbed.experiments.runner import REPORT
    from seedbed.store import record_of

    if arguments.member is not None:
        raise UsageError(f"a record holds every member of the run: omit --member {arguments.member}")
    return record_of(arguments.run, without=(REPORT,)), ""


def _model(arguments: Arguments) -> tuple[dict[str, bytes], str]:
    """The files, and why the tokenizer is not among them; empty where it is, or where there is none."""
    from seedbed.cli.sources import open_source
    from seedbed.interop import export_huggingface, export_llama2c, no_llama2c_tokenizer, no_tokenizer_json

    source = open_source(arguments.run, arguments.member)
    if arguments.to == "hf":
        files, why_not = export_huggingface(source.model, source.tokenizer), no_tokenizer_json
    else:
        files, why_not = export_llama2c(source.model, source.tokenizer, source.extras), no_llama2c_tokenizer
    return files, why_not(source.tokenizer) if source.tokenizer is not None else ""
