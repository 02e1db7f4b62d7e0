"""`seedbed tokenizers compare`: what it writes, says and measures."""

import json

import polars as pl
import pytest

from seedbed.experiments.tokenizer_comparison import Comparison, compare, read_corpora, read_pairs
from seedbed.experiments.tokenizer_report import tokenizer_report

HINDI = "राजा के पास {} कुत्ते थे। उसने विद्यालय में क्षत्रिय बच्चे देखे।"
ENGLISH = "The king had {} dogs. He saw children at school."


@pytest.fixture
def corpora(tmp_path):
    for name, text in (("hi", HINDI), ("en", ENGLISH)):
        lines = "\n<|endoftext|>\n".join(text.format(number) for number in range(60))
        (tmp_path / f"{name}.txt").write_text(lines, encoding="utf-8")
    (tmp_path / "pairs.tsv").write_text(
        "Dogs!\tकुत्ते!\tby\nSchool.\tविद्यालय।\tby\nDogs!\tकुत्ते!\tagain\n", encoding="utf-8"
    )
    (tmp_path / "gold.txt").write_text("dog|s\nsaw|ed\n", encoding="utf-8")


def test_compares_and_writes_a_folder(seedbed, corpora, tmp_path):
    words = ["--corpus", "hi.txt", "English=en.txt", "--vocabulary", "300", "--general", "English", "--held-out", "0.3"]
    done = seedbed(
        "tokenizers", "compare", *words, "--parallel", "hi=pairs.tsv", "--gold", "English=gold.txt", "--json"
    )
    assert done.code == 0 and "learning bpe 300 from hi" in done.err
    found = json.loads(done.out)
    rows = pl.DataFrame(found["tokenizers"], infer_schema_length=None)
    asked = {(row["corpus"], row["kind"], row["learnt_from"]) for row in found["tokenizers"]}
    learnt = {
        (corpus, kind, source)
        for corpus in ("hi", "English")
        for kind in ("bpe", "unigram")
        for source in ("its own text", "all corpora")
    }
    assert asked == learnt | {(corpus, "byte", None) for corpus in ("hi", "English")} | {
        ("hi", kind, "English") for kind in ("bpe", "unigram")
    }
    byte = rows.filter(kind="byte")
    assert byte["bytes_a_token"].to_list() == [1, 1] and byte["cut_conjuncts"].to_list() == [1, None]
    own = rows.filter(corpus="hi", kind="bpe", learnt_from="its own text")
    foreign = rows.filter(corpus="hi", kind="bpe", learnt_from="English")
    assert own["bytes_a_token_low"].item() > foreign["bytes_a_token_high"].item()
    assert own["parity"].item() is None and foreign["parity"].item() > 1 and foreign["parity_n"].item() == 2
    assert rows.filter(corpus="English", kind="byte")["morph_score"].item() == 1
    files = {path.name for path in (tmp_path / "tokenizers").iterdir()}
    assert {"report.html", "report.md", "tokenizers.csv", "bytes-a-token-0.svg", "renyi-2-5-1.svg"} <= files
    assert pl.read_csv("tokenizers/tokenizers.csv").height == rows.height
    page = (tmp_path / "tokenizers" / "report.md").read_text(encoding="utf-8")
    assert "bits per byte of models trained with equal compute" in page and "(n = " in page


def test_the_same_command_again_gives_the_same_table(seedbed, corpora, tmp_path):
    words = ["compare", "--corpus", "hi.txt", "--kinds", "bpe", "--vocabulary", "300", "--held-out", "0.3", "--quiet"]
    first = seedbed("tokenizers", *words)
    table = (tmp_path / "tokenizers" / "tokenizers.csv").read_bytes()
    again = seedbed("tokenizers", *words)
    assert (first.code, first.err, again.out) == (0, "", first.out)
    assert (tmp_path / "tokenizers" / "tokenizers.csv").read_bytes() == table


def test_no_tokenizer_sees_what_is_held_out(corpora):
    comparison = Comparison((("en", "en.txt"),), held_out=0.3, train_bytes=500)
    (corpus,) = read_corpora(comparison)
    assert not set(corpus.train) & set(corpus.held_out) and len(corpus.held_out) > 5
    assert 500 <= corpus.train_bytes < 600


def test_settings_of_papers_and_imported_tokenizers_have_their_own_size(corpora, tmp_path):
    from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer

    kept = train_tokenizer(TokenizerConfig("bpe", 300), [ENGLISH]).save(tmp_path / "kept")
    comparison = Comparison(
        (("en", "en.txt"),), ("gam", "tinystories"), held_out=0.3, imported=(("mine", str(kept.parent)),)
    )
    rows = list(compare(comparison, read_corpora(comparison), lambda _: None))
    assert [row.label for row in rows] == ["mine", "gam, its own text", "tinystories, its own text"]
    assert [row.tokenizer.lossless for row in rows] == [True, False, True]
    (said,) = tokenizer_report(rows, read_corpora(comparison), {}).headline
    assert "(mine)" in said and "gam" not in said  # which drops white space
    (said,) = tokenizer_report(rows[1:2], read_corpora(comparison), {}).headline
    assert said == "en: every tokenizer drops text, so the lengths of their tokens are not compared."


def test_pairs_are_read_once_each(corpora):
    assert read_pairs("pairs.tsv") == (["Dogs!", "School."], ["कुत्ते!", "विद्यालय।"])
