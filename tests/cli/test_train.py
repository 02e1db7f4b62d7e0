"""Claims about text runs: one command from text to a model, which speaks, is measured, exported and resumed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TRAIN = (
    "train", "--preset", "tiny", "--tokenizer", "byte", "--validation", "0.2", "--training.batch", "2",
    "--evaluation.panel", "2",
    "--evaluation.every", "4", "--evaluation.samples", "8", "--evaluation.regular", "2", "--evaluation.no-log-spaced",
    "--quiet",
)  # fmt: skip
STORIES = "<|endoftext|>".join(f"Tom and cat {number} sat. {'They were glad. ' * (number % 3)}" for number in range(40))


@pytest.fixture(scope="session")
def text_run_once(tmp_path_factory):
    """A finished run of two members of a byte tokenizer, made by a real process."""
    place = tmp_path_factory.mktemp("train")
    (place / "stories.txt").write_text(STORIES)
    words = [*TRAIN, "--corpus", "stories.txt", "--steps", "3", "--seeds", "2", "--out", "run"]
    code = "from seedbed.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=place, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return place, done


@pytest.fixture
def text_run(text_run_once, tmp_path):
    place, _ = text_run_once
    shutil.copy(place / "stories.txt", tmp_path / "stories.txt")
    return Path(shutil.copytree(place / "run", tmp_path / "run"))


def test_a_run_says_its_bits_per_byte_with_an_interval(text_run_once):
    _, done = text_run_once
    assert "tiny" in done.stdout and "bits per byte" in done.stdout and "(n = 2)" in done.stdout


def test_the_same_command_finds_what_is_finished_and_trains_nothing(seedbed, text_run):
    done = seedbed(*TRAIN, "--corpus", "stories.txt", "--steps", 3, "--seeds", 2, "--out", "run", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["members"] == {"finished": 2}
    assert seedbed("resume", "run", "--quiet").code == 0


def test_a_text_model_goes_on_with_a_text(seedbed, text_run):
    done = seedbed("generate", "run", "Tom and", "--tokens", 5, "--json")
    assert done.code == 0, done.err
    (sample,) = json.loads(done.out)["samples"]
    assert sample["text"].startswith("Tom and") and len(sample["tokens"]) <= 5


def test_perplexity_counts_every_document_and_token_once(seedbed, text_run):
    done = seedbed("perplexity", "run", "stories.txt", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    texts = STORIES.split("<|endoftext|>")
    assert found["documents"] == found["bits_per_byte"]["n"] == 40
    assert found["bytes"] == sum(len(text.strip()) for text in texts) and found["tokens"] == found["bytes"] + 40
    ratio = found["nats_per_token"]["value"] * found["tokens"] / found["bytes"] / 0.6931471805599453
    assert found["bits_per_byte"]["value"] == pytest.approx(ratio)
    assert found["best"][0]["bits_per_byte"] < found["worst"][0]["bits_per_byte"]
    told = seedbed("perplexity", "run", "stories.txt", "--worst", 1)
    assert told.code == 0 and "n counts documents, stride 20" in told.out and "stories.txt:" in told.out


def test_what_a_format_cannot_hold_of_a_text_model_is_refused(seedbed, text_run):
    done = seedbed("export", "run", "--to", "llama2c", "--out", "other")
    assert done.code == 2 and "llama2.c holds Llama models alone" in done.err


def test_the_report_shows_curves_samples_and_the_command(seedbed, text_run):
    done = seedbed("report", "run")
    assert done.code == 0, done.err
    page = (text_run / "report.html").read_text()
    for words in ("Bits per byte against tokens", "What they wrote", "processes a member", "documents, "):
        assert words in page
    assert "seedbed train --out" in page and "--steps 3" in page and "--training.batch 2" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--steps", "3", "--minutes", "1"), "say how long once: --minutes 1 and --steps 3 were given"),
        (("--steps", "0"), "--steps must be a finite number above 0, got 0"),
        (("--minutes", "inf"), "--minutes must be a finite number above 0, got inf"),
        (("--preset", "baby-2m"), "unknown model preset 'baby-2m': did you mean"),
        (("--tokenizer", "bep"), r"unknown tokenizer 'bep' (nor is there a file"),
        (("--validation", "0"), "training is followed on held-out documents"),
        (("--training.windows", "fixed"), "windows of text are random or packed"),
    ],
)
def test_what_train_cannot_do_is_refused_before_anything_is_written(seedbed, tmp_path, words, message):
    (tmp_path / "stories.txt").write_text(STORIES)
    done = seedbed("train", "--corpus", "stories.txt", "--out", "run", *words, "--quiet")
    assert done.code == 2 and message in done.err
    assert not (tmp_path / "run").exists()


def test_perplexity_is_of_text_models(seedbed, grown):
    done = seedbed("perplexity", "runs/tiny", "a.txt")
    assert done.code == 2 and "is no run of text models" in done.err
