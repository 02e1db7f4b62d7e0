"""Claims about the page of a text run: what n counts, what cannot be compared, what was read, and in which form."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from seedbed.cli import growing, perplexity_command
from seedbed.config import canonical, from_plain, to_plain
from seedbed.data import Overlap, SplitSize, TextConfig
from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer
from seedbed.experiments import text_report
from seedbed.experiments.grown import tokenizer_file
from seedbed.experiments.text import Options
from tests.text_run import build

SIZE = SplitSize(1000, 10, 900)
BYTES = train_tokenizer(TokenizerConfig("byte"), [])
WORLD = TextConfig("key", BYTES.fingerprint, 257, SIZE, SIZE)
COPIED = Overlap(validation=10, found=3, whole=1, windows=50, windows_found=20)


def items(documents):
    number_D = np.arange(1, documents + 1)
    return {
        "text/document": number_D, "text/nats": number_D * 2.0, "text/tokens": number_D * 3, "text/bytes": number_D * 2,
        "text/right": number_D * 1.5, "text/brier": number_D * 0.75,
    }  # fmt: skip


def run(place, seeds, documents, world=WORLD):
    """A run of `tiny` that was never trained; of a single member the scores follow from its documents."""
    settings = {"seeds": seeds, "presets": ["tiny"], "steps": [40], "world": world}
    return build(
        place / "run",
        "text",
        settings,
        lambda planned: 2 + planned.member.init_seed / 9,
        outcomes=lambda planned: items(documents),
    )


@pytest.mark.parametrize("documents", [4, 8])
def test_of_one_seed_n_counts_documents_however_few(tmp_path, documents):
    results = run(tmp_path, 1, documents)
    said = text_report._said(results, "tiny")
    assert f"(n = {documents})" in said and said.endswith("n counts documents, one seed.")
    assert ("no interval" in said) == (documents == 4)
    found = text_report.finals(results, "tiny")
    values = [each.value for each in (found.bits, found.nats, found.right, found.brier)]
    assert values == pytest.approx([1 / np.log(2), 2 / 3, 0.5, 0.25])


def test_of_several_seeds_n_counts_seeds_and_every_score_has_an_interval(tmp_path):
    results = run(tmp_path, 3, 8)
    assert text_report._said(results, "tiny").endswith("(n = 3) bits per byte on held-out documents; n counts seeds.")
    found = text_report.finals(results, "tiny")
    assert [each.n for each in (found.bits, found.nats, found.right, found.brier)] == [3] * 4
    (row,) = text_report._scores_table(results, ["tiny"]).rows
    assert [str(cell).count("n = 3") for cell in row] == [0, 1, 1, 1, 1, 0, 0, 0] and row[5] == "seeds"


def test_what_a_tokenizer_drops_and_what_was_copied_stand_on_the_page(tmp_path):
    world = replace(WORLD, validation=replace(SIZE, unspelled_bytes=90), overlap=COPIED)
    assert from_plain(TextConfig, to_plain(world)) == world
    assert "overlap" not in canonical(WORLD) and "unspelled" not in canonical(WORLD)
    copied, dropped = world.warnings
    assert copied.startswith("3 of 10 validation documents occur in the training text (1 word for word")
    assert dropped.startswith("the tokens do not spell 90 of the 900 bytes of text (10.0%)")
    results = run(tmp_path, 1, 8, world)
    assert "text that the tokenizer drops counts as zero bits" in text_report._said(results, "tiny")
    assert "cannot be compared with those of another tokenizer" in text_report._what(world)
    assert "can be compared across tokenizers" in text_report._what(WORLD)
    assert text_report._sentence(copied).startswith("3 of 10") and text_report._sentence(dropped).startswith("The tok")


@pytest.mark.parametrize("quiet", [True, False])
def test_warnings_of_a_corpus_are_said_each_time_quiet_or_not(tmp_path, monkeypatch, capsys, quiet):
    class GrownNow(Exception):
        pass

    def grown(*_, **__):
        raise GrownNow

    monkeypatch.setattr(growing, "run_experiment", grown)
    world = replace(WORLD, overlap=COPIED)
    options = Options(seeds=3, presets=("tiny",), steps=(40,), world=world)
    kept = {tokenizer_file(world): BYTES.text.encode()}
    with pytest.raises(GrownNow):
        growing.grow("text", options, str(tmp_path / "run"), 1, as_json=False, quiet=quiet, attachments=kept)
    assert capsys.readouterr().err.count(f"seedbed: warning: {world.warnings[0]}\n") == 1


@pytest.mark.parametrize("form", ["NFC", "NFKC", "none"])
def test_perplexity_reads_files_in_the_form_in_which_the_run_read_its_corpus(monkeypatch, form):
    class Read(Exception):
        pass

    def asked(model, tokens, corpus, *_):
        assert corpus.normalise == form and corpus.separator == "\n--\n"
        raise Read

    model = SimpleNamespace(config=SimpleNamespace(context=8))
    config = SimpleNamespace(world=replace(WORLD, normalise=form))
    grown = SimpleNamespace(model=model, tokenizer=BYTES, config=config, member="a")
    monkeypatch.setattr("seedbed.experiments.grown.grown_member", lambda run, member: grown)
    monkeypatch.setattr("seedbed.experiments.perplexity.perplexity", asked)
    with pytest.raises(Read):
        perplexity_command.execute(perplexity_command.Arguments("run", ("a.txt",), separator=r"\n--\n"))
