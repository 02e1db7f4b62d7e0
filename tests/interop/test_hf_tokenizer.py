"""Tokenizers of Hugging Face folders. What is made needs the extra `interop`."""

import json

import pytest

from seedbed.config import UsageError
from seedbed.interop import (
    HfTokenizer,
    Llama2cTokenizer,
    WorldWords,
    decode,
    export_huggingface,
    import_huggingface,
    read_folder,
    read_tokenizer,
    write_folder,
)
from seedbed.tasks import World, triangle
from tests.interop.hf_models import model_of, written


def test_a_tokenizer_json_reads_as_the_tokenizer_that_it_was_made_of(stories):
    pytest.importorskip("tokenizers", reason="the extra interop is not installed")
    from seedbed.interop.hf_tokenizer import tokenizer_json

    ours = read_tokenizer(stories / "tok512.bin")
    theirs = HfTokenizer(tokenizer_json(ours), 1, 2, "tokenizer.json")
    for text in ("", "Once upon a time, there was", 'Lily\'s mom said, "No!"', "日本 ünïcode\n 3 7", "  two  spaces "):
        tokens = ours.encode(text)
        assert theirs.encode(text) == tokens
        assert decode(theirs, tokens) == text
    assert theirs.size == 512


def test_words_of_a_world_read_as_in_the_world():
    pytest.importorskip("tokenizers", reason="the extra interop is not installed")
    from seedbed.interop.hf_tokenizer import tokenizer_json

    ours = WorldWords(World(triangle(tokens="word")))
    theirs = HfTokenizer(tokenizer_json(ours), None, ours.stop, "tokenizer.json")
    assert theirs.encode("a b c . |") == ours.encode("a b c . |")
    assert decode(theirs, ours.encode("a b c . |")) == decode(ours, ours.encode("a b c . |")) == "a b c . |"
    with pytest.raises(UsageError, match="has no token for a part of 'once'"):
        theirs.encode("once")


def test_bytes_of_gpt2_come_back():
    vocabulary = {character: byte for byte, character in enumerate("abcĠÃ©Ċ")}
    table = {"decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": vocabulary, "merges": []}}
    tokenizer = HfTokenizer(json.dumps(table).encode(), None, None, "t.json")
    assert decode(tokenizer, [0, 3, 1, 4, 5, 6, 99]) == "a bé\n"


@pytest.mark.parametrize("stop", [None, 4, (5, 2)])
def test_every_token_that_ends_a_text_is_kept(tmp_path, stop):
    table = {"decoder": None, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}}
    files = export_huggingface(model_of("gpt2"), HfTokenizer(json.dumps(table).encode(), 3, stop, "t.json"))
    assert json.loads(files["config.json"])["eos_token_id"] == (list(stop) if isinstance(stop, tuple) else stop)
    write_folder(tmp_path / "ours", import_huggingface(written(tmp_path / "hf", files)))
    tokenizer = read_folder(tmp_path / "ours").tokenizer
    assert tokenizer is not None and tokenizer.stop == stop


def test_a_folder_keeps_the_tokenizer(tmp_path):
    table = {"decoder": None, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}}
    files = export_huggingface(model_of("gpt2"), HfTokenizer(json.dumps(table).encode(), 3, 5, "t.json"))
    content = import_huggingface(written(tmp_path / "hf", files))
    write_folder(tmp_path / "ours", content)
    tokenizer = read_folder(tmp_path / "ours").tokenizer
    assert isinstance(tokenizer, HfTokenizer)
    assert (tokenizer.begin, tokenizer.stop, tokenizer.content) == (3, 5, files["tokenizer.json"])


def test_a_piece_that_is_no_text_cannot_go_to_a_tokenizer_json():
    from seedbed.interop.hf_tokenizer import tokenizer_json

    with pytest.raises(UsageError, match=r"piece 3 of the tokenizer is b'\\xff', no UTF-8"):
        tokenizer_json(Llama2cTokenizer((b"<unk>", b"<s>", b"</s>", b"\xff"), (0.0,) * 4, 5))


@pytest.mark.parametrize("token", ["1e999", "-1e999", '"a"', "[]", "null", "{}"])
def test_a_vocabulary_that_counts_no_tokens_is_refused_by_name(token):
    content = f'{{"model": {{"vocab": {{"a": {token}}}}}}}'.encode()
    with pytest.raises(UsageError, match=r"t\.json cannot be read: it has no vocabulary that is known"):
        print(HfTokenizer(content, None, None, "t.json").size)
