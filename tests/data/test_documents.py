"""Claims about reading: what a document is in each format, and that no character is lost, split or joined."""

import json
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.data import CorpusConfig, documents
from seedbed.data import documents as reading  # the function; its module is reached below
from seedbed.data.corpus import BLANK_LINE, source_files

MODULE = __import__("sys").modules[reading.__module__]


def texts(*paths, **settings):
    return [
        each.text for each in documents(CorpusConfig(tuple(map(str, paths)), **{"deduplicate": "none", **settings}))
    ]


def test_a_text_file_is_parted_by_its_separator_and_whole_without_one(write):
    stories = write("a.txt", "One.\n<|endoftext|>\nTwo,\n\nmore.\n<|endoftext|>\n  \n<|endoftext|>")
    assert texts(stories) == ["One.", "Two,\n\nmore."]
    assert texts(stories, separator="Two") == ["One.\n<|endoftext|>", ",\n\nmore.\n<|endoftext|>\n  \n<|endoftext|>"]
    assert texts(write("b.txt", "One.\n\nTwo.")) == ["One.\n\nTwo."]


def test_blank_lines_part_documents_where_asked(write):
    poem = write("a.txt", "a\nb\r\n\r\nc\n \t\n\n\nd")
    assert texts(poem, separator=BLANK_LINE) == ["a\nb", "c", "d"]


def test_jsonl_and_parquet_give_the_same_documents_with_line_and_row(write, tmp_path):
    rows = ["One.", "", "Zwei\r\nDrei"]
    lines = write("a.jsonl", "\n".join(json.dumps({"story": row, "n": 1}) for row in rows) + "\n\n")
    pl.DataFrame({"n": [1, 2, 3], "story": rows}).write_parquet(tmp_path / "a.parquet")
    for path in (lines, str(tmp_path / "a.parquet")):
        found = list(documents(CorpusConfig((path,), field="story")))
        assert [(each.text, each.place, each.source) for each in found] == [
            ("One.", 1, path),
            ("Zwei\nDrei", 3, path),
        ]


def test_a_folder_is_read_in_order_of_names_and_what_is_no_corpus_is_left_out(write, tmp_path):
    for name in ("b.txt", "a/c.md", "a/z.jsonl", ".hidden/x.txt", "notes.csv", "a/.y.txt"):
        write(name, json.dumps({"text": name}) if name.endswith("jsonl") else name)
    assert texts(tmp_path) == ["a/c.md", "a/z.jsonl", "b.txt"]
    assert texts(tmp_path / "*.*") == ["b.txt", "notes.csv"] or texts(tmp_path / "*.*")[1:] == ["b.txt", "notes.csv"]
    assert texts(tmp_path / "**/*.md") == ["a/c.md"]
    assert texts(tmp_path / "b.txt", tmp_path / "a/c.md") == ["b.txt", "a/c.md"]


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    separator=st.sampled_from(["<|endoftext|>", "aa", "é", "\n"]),
    block=st.integers(1, 9),
)
def test_blocks_make_no_difference(tmp_path_factory, text, separator, block):
    path = tmp_path_factory.mktemp("blocks") / "a.txt"
    path.write_bytes(text.replace("\0", "").encode())
    config = CorpusConfig((str(path),), separator=separator, deduplicate="none")
    whole = list(documents(config))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "BLOCK", block)
        assert list(documents(config)) == whole
    expected = text.replace("\0", "").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    expected = [unicodedata.normalize("NFC", part).strip() for part in expected.split(separator)]
    assert [each.text for each in whole] == [part for part in expected if part]


CONJUNCTS = {
    "Hindi ksha": "क्षत्रिय",
    "Hindi half ka, held apart by a non-joiner": "क्\u200cष",
    "Hindi half ka by a joiner": "क्\u200dष",
    "Marathi eyelash ra": "दऱ्या",
    "Marathi ra with a joiner": "र्\u200dय",
    "Bengali khanda ta": "হঠাৎ",
    "Bengali conjunct": "ক্ষুদ্র",
    "Bengali ya-phalaa after a joiner": "র\u200d্য",
}


@pytest.mark.parametrize("name", CONJUNCTS)
@pytest.mark.parametrize("form", ["NFC", "NFKC", "none"])
def test_conjuncts_and_joiners_stay_whole(write, name, form):
    word = CONJUNCTS[name]
    (read,) = texts(write("a.txt", word), normalise=form)
    assert read.count("\u200c") == word.count("\u200c") and read.count("\u200d") == word.count("\u200d")
    assert unicodedata.normalize("NFD", read) == unicodedata.normalize("NFD", word)  # canonically the same word


def test_two_spellings_of_a_word_become_one(write):
    composed, apart = "\u09cb", "\u09c7\u09be"  # Bengali vowel sign o, as one character and as two
    nukta, excluded = "\u0915\u093c", "\u0958"  # Devanagari qa, which Unicode keeps apart
    assert texts(write("a.txt", f"ক{apart} {excluded}")) == [f"ক{composed} {nukta}"]
    assert texts(write("a.txt", f"ক{apart}"), normalise="none") == [f"ক{apart}"]


def test_joiners_at_the_ends_of_a_text_are_no_white_space(write):
    assert texts(write("a.txt", " \u200dक्\u200d \n")) == ["\u200dक्\u200d"]


def test_a_byte_order_mark_is_no_text(write):
    assert texts(write("a.txt", "\ufeffOne."), write("a.jsonl", '\ufeff{"text": "Two."}')) == ["One.", "Two."]


def test_a_wrong_byte_is_named_by_its_offset_wherever_blocks_end(write, monkeypatch):
    good = "naïve " * 10
    path = write("a.txt", good.encode() + b"caf\xe9 au lait")
    offset = len(good.encode()) + 3
    for block in (1, 7, 1 << 20):
        monkeypatch.setattr(MODULE, "BLOCK", block)
        with pytest.raises(UsageError, match=f"byte 0xe9 at offset {offset}"):
            texts(path)
        assert texts(path, errors="replace") == [good + "caf\ufffd au lait"]
    with pytest.raises(UsageError, match="byte 0xe9 at offset 15\\. "):
        texts(write("b.txt", b"0123456789\nabcd\xe9"))
    with pytest.raises(UsageError, match="byte 0xc3 at offset 2\\. "):  # cut off at the end of the file
        texts(write("c.txt", b"ab\xc3"))
    with pytest.raises(UsageError, match=r"byte 0xff at offset 22 \(line 2\)"):
        texts(write("d.jsonl", b'{"text":"a"}\n{"text":"' + b"\xff" + b'"}\n'))


def test_a_document_beyond_the_longest_is_read_in_parts_that_lose_nothing_but_white_space(write, monkeypatch):
    monkeypatch.setattr(MODULE, "LONGEST", 50)
    monkeypatch.setattr(MODULE, "BLOCK", 64)
    words = [f"word{i}" for i in range(200)]
    parts = texts(write("a.txt", " ".join(words)))
    assert " ".join(parts).split() == words and max(map(len, parts)) <= 50 < len(words)
    cluster = "क्षि"
    parts = texts(write("b.txt", cluster * 100))
    assert "".join(parts) == cluster * 100 and all(len(part) % len(cluster) == 0 for part in parts)


def test_half_of_a_surrogate_pair_is_no_character(write):
    path = write("a.jsonl", '{"text": "a\\ud83d b \\ud83d\\ude00"}\n')
    with pytest.raises(UsageError, match="half of a surrogate pair"):
        texts(path)
    assert texts(path, errors="replace") == ["a\ufffd b \U0001f600"]


def test_source_files_name_each_format(write):
    paths = tuple(write(name, "x") for name in ("a.TXT", "b.JSONL", "c.log"))
    assert [form for _, form in source_files(paths)] == ["text", "jsonl", "text"]


def test_reading_again_gives_the_same(write):
    path = write("a.txt", "<|endoftext|>".join(f"story {i % 7}" for i in np.arange(20)))
    config = CorpusConfig((path,))
    assert list(documents(config)) == list(documents(config))
    assert [each.text for each in documents(config)] == [f"story {i}" for i in range(7)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_separators_part_documents_whatever_ends_their_lines(write, monkeypatch, end, block):
    monkeypatch.setattr(MODULE, "BLOCK", block)
    path = write("a.txt", "one\n---\ntwo\n\nthree---four\n".replace("\n", end))
    assert texts(path, separator="\n---\n") == ["one", "two\n\nthree---four"]
    assert texts(path, separator="\r\n---\r\n") == ["one", "two\n\nthree---four"]
    assert texts(path, separator=BLANK_LINE) == ["one\n---\ntwo", "three---four"]


def test_globs_may_begin_at_home_and_match_folders(write, tmp_path, monkeypatch):
    write("lots/a.txt", "a"), write("lots/b.csv", "b"), write("lo.txt", "c")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert [path.name for path, _ in source_files(("~/lo*",))] == ["lo.txt"]
    assert [path.name for path, _ in source_files((str(tmp_path / "lots" / "**"),))] == ["a.txt"]
    (tmp_path / "lo.txt").unlink()
    assert [path.name for path, _ in source_files(("~/lo*",))] == ["a.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_read_by_its_name(write, tmp_path):
    assert texts(write("[y].txt", "text")) == ["text"]
    pl.DataFrame({"text": ["row"]}).write_parquet(tmp_path / "[x].parquet")
    pl.DataFrame({"text": ["another"]}).write_parquet(tmp_path / "x.parquet")
    assert texts(tmp_path / "[x].parquet") == ["row"]


def test_the_place_of_a_wrong_byte_counts_the_mark_before_it(write):
    path = write("a.jsonl", b'\xef\xbb\xbf{"text": "caf\xe9"}')
    with pytest.raises(UsageError, match=r"byte 0xe9 at offset 16 \(line 1\)"):
        texts(path)


def test_text_with_few_controls_is_text(write):
    coloured = write("a.txt", "\x1b[31mred\x1b[0m and a bell\x07 \t and a page\f" * 20)
    assert len(texts(coloured)) == 1
