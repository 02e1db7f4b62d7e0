"""Import a model of another tool into a folder that `seedbed generate` and `seedbed export` can read.

The model is a llama2.c file (of its first format, with seven numbers and float32 weights) with its tokenizer file, or a
Hugging Face folder (config.json, *.safetensors, tokenizer.json) with a Llama, Qwen2, GPT-2 or GPT-Neo model. The
command checks the header of a file against its size before it allocates memory, and it downloads nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from seedbed.cli import output
from seedbed.cli.flags import positional
from seedbed.config import UsageError


@dataclass(frozen=True)
class Arguments:
    """model: the file or folder.  tokenizer: tokenizer file of a llama2.c model; without it the model cannot be used
    with text.  out: folder to create; by default models/<name of the file>.  json: print one JSON value.
    """

    model: str = positional()
    tokenizer: str | None = None
    out: str | None = None
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Read, check, write the folder."""
    from seedbed.interop import check_new, import_huggingface, import_llama2c, write_folder
    from seedbed.models import parameter_count

    source = Path(arguments.model)
    if arguments.out == "":
        raise UsageError("--out must name a folder, got '': omit the option to use models/<name of the file>")
    name = source.resolve().name if source.is_dir() else source.stem  # a folder's name may hold a point, as 1.1B does
    folder = Path(arguments.out or Path("models") / name)
    check_new(folder)
    if source.is_dir():
        if arguments.tokenizer is not None:
            raise UsageError(f"{source} is a folder that contains its tokenizer: omit --tokenizer")
        content = import_huggingface(source)
    else:
        content = import_llama2c(source, Path(arguments.tokenizer) if arguments.tokenizer else None)
    write_folder(folder, content)
    model = content.model
    vocabulary = model.token_VD.shape[0]
    parameters = parameter_count(model.config, vocabulary)
    if arguments.json:
        output.write_json({"folder": str(folder), "parameters": parameters, "vocabulary": vocabulary})
    else:
        output.write(
            f"{folder}: {parameters:,} parameters, a vocabulary of {vocabulary}; use it with: seedbed generate {folder}"
        )
    return 0
