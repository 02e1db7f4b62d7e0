"""Layer `interop`: models and tokenizers of other tools, in and out, and a folder of one's own that keeps both."""

from seedbed.interop.folder import ModelFolder, check_new, check_sizes, is_model_folder, read_folder, write_folder
from seedbed.interop.hf_tokenizer import HfTokenizer, no_tokenizer_json
from seedbed.interop.huggingface import export_huggingface, import_huggingface
from seedbed.interop.llama2c import (
    Checkpoint,
    Header,
    checkpoint_bytes,
    from_model,
    read_checkpoint,
    rotation_tables,
    to_model,
)
from seedbed.interop.llama2c_files import export_llama2c, import_llama2c, no_llama2c_tokenizer
from seedbed.interop.llama2c_tokenizer import Llama2cTokenizer, read_tokenizer, tokenizer_bytes
from seedbed.interop.text_tokenizer import TextTokenizer
from seedbed.interop.tokenizers import Tokenizer, WorldWords, decode

__all__ = [
    "Checkpoint",
    "Header",
    "HfTokenizer",
    "Llama2cTokenizer",
    "ModelFolder",
    "TextTokenizer",
    "Tokenizer",
    "WorldWords",
    "check_new",
    "check_sizes",
    "checkpoint_bytes",
    "decode",
    "export_huggingface",
    "export_llama2c",
    "from_model",
    "import_huggingface",
    "import_llama2c",
    "is_model_folder",
    "no_llama2c_tokenizer",
    "no_tokenizer_json",
    "read_checkpoint",
    "read_folder",
    "read_tokenizer",
    "rotation_tables",
    "to_model",
    "tokenizer_bytes",
    "write_folder",
]
