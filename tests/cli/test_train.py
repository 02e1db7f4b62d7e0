"""Claims about text runs: one command from text to a model, which speaks, is measured, exported and resumed."""

import json
import re
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
    answer = json.loads(done.out)
    assert answer["members"] == {"finished": 2}
    (score,) = answer["scores"]
    assert (score["metric"], score["step"], score["n"]) == ("bits_per_byte", 3, 2)
    assert 0 < score["low"] <= score["value"] <= score["high"]
    assert seedbed("resume", "run", "--quiet").code == 0


def test_a_text_model_goes_on_with_a_text(seedbed, text_run):
    done = seedbed("generate", "run", "Tom and", "--tokens", 5, "--json")
    assert done.code == 0, done.err
    (sample,) = json.loads(done.out)["samples"]
    assert sample["text"].startswith("Tom and") and len(sample["tokens"]) <= 5


def test_without_a_member_the_model_of_the_last_settings_speaks(seedbed, text_run):
    train = [*TRAIN, "--corpus", "stories.txt", "--out", "run", "--seeds", 1, "--json"]
    first = json.loads(seedbed("generate", "run", "Tom", "--tokens", 1, "--json").out)["member"]
    assert seedbed(*train, "--steps", 2, "--workers", 1).code == 0
    second = json.loads(seedbed("generate", "run", "Tom", "--tokens", 1, "--json").out)["member"]
    assert first != second
    assert seedbed("generate", "run", "Tom", "--tokens", 1, "--json", "--member", first).code == 0


def test_perplexity_counts_every_document_and_token_once(seedbed, text_run):
    done = seedbed("perplexity", "run", "stories.txt", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    texts = STORIES.split("<|endoftext|>")
    assert found["documents"] == found["bits_per_byte"]["n"] == 40 and found["unspelled_bytes"] == 0
    assert found["bytes"] == sum(len(text.strip()) for text in texts) and found["tokens"] == found["bytes"] + 40
    ratio = found["nats_per_token"]["value"] * found["tokens"] / found["bytes"] / 0.6931471805599453
    assert found["bits_per_byte"]["value"] == pytest.approx(ratio)
    assert found["best"][0]["bits_per_byte"] < found["worst"][0]["bits_per_byte"]
    told = seedbed("perplexity", "run", "stories.txt", "--worst", 1)
    assert told.code == 0 and "n counts documents, stride 20" in told.out and "stories.txt:" in told.out


WARNED = ("perplexity-trained-on", "perplexity-tokens-gone")  # rows of docs/errors.md, "Text: training", as well


def test_perplexity_warns_of_documents_that_the_run_was_trained_on(seedbed, text_run, tmp_path, monkeypatch):
    texts = STORIES.split("<|endoftext|>")
    held_out = json.loads((text_run / "manifest.json").read_text())["config"]["options"]["world"]["validation"]
    trained = len(set(texts)) - held_out["documents"]
    done = seedbed("perplexity", "run", "stories.txt", "--json")
    assert json.loads(done.out)["trained_on"] == trained
    assert f"{trained} of 40 documents occur word for word in the training text of this run" in done.err
    (tmp_path / "new.txt").write_text(f"{texts[3].strip()} No more.")
    fresh = seedbed("perplexity", "run", "new.txt", "--json")
    assert json.loads(fresh.out)["trained_on"] == 0 and "warning" not in fresh.err
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "elsewhere"))
    unknown = seedbed("perplexity", "run", "new.txt", "--json")
    assert unknown.code == 0 and json.loads(unknown.out)["trained_on"] is None
    assert (
        "it is not known whether the run was trained on these documents: the tokens that this run reads" in unknown.err
    )


def test_what_a_format_cannot_hold_of_a_text_model_is_refused(seedbed, text_run):
    done = seedbed("export", "run", "--to", "llama2c", "--out", "other")
    assert done.code == 2 and "llama2.c holds Llama models alone" in done.err


def test_the_report_shows_curves_samples_and_the_command(seedbed, text_run):
    done = seedbed("report", "run")
    assert done.code == 0, done.err
    page = (text_run / "report.html").read_text()
    for words in ("Bits per byte against tokens", "What they wrote", "processes per member", "documents, "):
        assert words in page
    assert "seedbed train --out" in page and "--steps 3" in page and "--training.batch 2" in page


def test_an_audit_judges_the_share_of_tokens_guessed(seedbed, text_run):
    done = seedbed("audit", "run", "--json")
    assert done.code == 0, done.err
    assert "text" in done.out and "too little data" in done.out


HERE = ("--corpus", "stories.txt", "--out", "new")
REFUSED = {  # the rows of docs/errors.md, "Text: training": what is said to the command, and what it answers
    "train-how-long": (
        ("train", *HERE, "--steps", "3", "--minutes", "1"),
        "set the length of training only once: --minutes 1 and --steps 3 were given",
    ),
    "train-length": (("train", *HERE, "--minutes", "inf"), "--minutes must be a finite number above 0, got inf"),
    "train-steps-of-presets": (
        ("train", *HERE, "--steps", "3", "4", "--preset", "tiny"),
        "--steps takes one number, or one for each of the 1 presets, got --steps 3 4",
    ),
    "train-too-short": (("train", *HERE, "--minutes", "0.0001"), "too little time"),
    "train-training-steps": (
        ("train", *HERE, "--training.steps", "300"),
        "--training.steps is not used here: set the length with --steps",
    ),
    "train-how-often": (
        ("train", *HERE, "--steps", "3", "--tests", "20", "--evaluation.regular", "50"),
        "set the number of evaluations only once: --tests and --evaluation.regular were given",
    ),
    "train-tests": (("train", *HERE, "--tests", "0"), "--tests must be at least 1, got 0"),
    "train-vocabulary": (
        ("train", *HERE, "--tokenizer", "gam", "--vocabulary", "2048"),
        "--vocabulary 2048 with --tokenizer gam: this tokenizer has its own vocabulary size",
    ),
    "train-unknown-option": (
        ("train", *HERE, "--unknown", "refuse"),
        "--unknown refuse with --tokenizer bpe: --unknown applies only to SentencePiece model files",
    ),
    "train-unknown-preset": (("train", *HERE, "--preset", "baby-2m"), "unknown model preset 'baby-2m': did you mean"),
    "train-same-preset": (("train", *HERE, "--preset", "tiny", "tiny"), "a preset can be named only once"),
    "train-unknown-tokenizer": (
        ("train", *HERE, "--tokenizer", "bep"),
        "unknown tokenizer 'bep' (and there is no file",
    ),
    "train-nothing-held-out": (("train", *HERE, "--validation", "0"), "training is evaluated on held-out documents"),
    "train-windows": (
        ("train", *HERE, "--steps", "3", "--training.windows", "fixed"),
        "windows of text are random or packed",
    ),
    "train-shards": (
        ("train", *HERE, "--steps", "3", "--training.shards", "3"),
        "training.shards must divide training.batch of 16, got 3",
    ),
    "train-shots": (
        ("train", *HERE, "--steps", "3", "--evaluation.shots", "2"),
        "text has no examples to show: evaluation.shots must be 0, got 2",
    ),
    "train-corpus": (("train", "--corpus", "none.txt", "--out", "new"), "no file or folder 'none.txt'"),
    "train-no-text": (
        ("train", "--corpus", "empty.txt", "--out", "new"),
        "empty.txt holds no text: every document is empty",
    ),
    "train-no-corpus": (("train", "--corpus", "--out", "new"), "--corpus needs a value"),
    "train-empty-corpus": (
        ("train", "--corpus=", "--out", "new"),
        "--corpus names no file: name one, or omit the option",
    ),
    "train-all-held-out": (
        ("train", "--corpus", "stories.txt", "--validation", "0.999999", "--out", "new"),
        "documents of stories.txt were held out: lower --validation",
    ),
    "train-binary": (("train", "--corpus", "binary.txt", "--out", "new"), "is binary and not text"),
    "train-encoding": (("train", "--corpus", "latin.txt", "--out", "new"), "at offset 3. "),
    "train-one-document": (("train", "--corpus", "one.txt", "--out", "new"), "--separator 'blank line'"),
    "train-in-another-run": (
        ("train", "--corpus", "stories.txt", "--out", "runs/tiny", "--steps", "2", "--preset", "tiny"),
        "holds experiment 'tiny', not 'text'",
    ),
    "run-text": (("run", "text"), "a text run must be started with `seedbed train`"),
    "patience-of-questions": (("run", "tiny", "--training.patience", "2"), "training.patience must be 0, got 2"),
    "packed-questions": (("run", "tiny", "--training.windows", "packed"), "packed windows hold documents of a corpus"),
    "perplexity-of-another-run": (("perplexity", "runs/tiny", "stories.txt"), "is not a run of text models"),
    "perplexity-stride": (
        ("perplexity", "run", "stories.txt", "--stride", "41"),
        "the stride of windows must lie in 1..40, the context, got 41",
    ),
    "perplexity-no-text": (("perplexity", "run", "empty.txt"), "empty.txt holds no text"),
    "perplexity-worst": (("perplexity", "run", "stories.txt", "--worst", "-1"), "--worst must be 0 or more, got -1"),
    "text-cache-gone": (("resume", "run"), "are not in "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_text_cannot_have_is_refused_and_nothing_is_written(seedbed, text_run, grown, tmp_path, monkeypatch, name):
    files = {"empty.txt": b" \n", "binary.txt": b"abc\0def", "latin.txt": b"caf\xe9", "one.txt": b"One story."}
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    if name == "text-cache-gone":
        monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "elsewhere"))
    words, message = REFUSED[name]
    done = seedbed(*words, "--quiet") if words[0] != "perplexity" else seedbed(*words)
    assert done.code == 2 and message in done.err, done.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--learning-rate", "nan"), "learning_rate must be a finite number above 0, got nan"),
        (("--weight-decay", "-1"), "weight_decay must be a finite number of 0 or more, got -1"),
        (("--seeds", "0"), "at least 1 seed"),
        (("--preset", "tiny", "tiny"), "a preset can be named only once"),
        (("--out", "runs/tiny"), "holds experiment 'tiny', not 'text'"),
        (("--out", "files"), "it is not a Seedbed run"),
    ],
)
def test_what_can_be_refused_before_a_corpus_is_read_is(seedbed, grown, tmp_path, words, message):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "note.txt").write_text("kept")
    done = seedbed("train", "--corpus", "none.txt", *words, "--quiet")  # reading it would be the error
    assert done.code == 2 and message in done.err, done.err


def test_every_row_of_the_section_has_its_case():
    doc = (Path(__file__).parents[2] / "docs" / "errors.md").read_text()
    section = doc.partition("\n## Text: training\n")[2].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| .+ \| .+ \| (\d+) \|$", section, re.MULTILINE)
    assert dict(rows) == dict.fromkeys(REFUSED, "2") | dict.fromkeys(WARNED, "0")
