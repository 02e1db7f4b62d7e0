"""Claims about what `seedbed train` is told: nothing typed is ignored, and the page's command makes the same run."""

import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from seedbed.cli import train_arguments
from seedbed.cli.flags import flags_of
from seedbed.cli.parse import parse
from seedbed.cli.train_arguments import Arguments
from seedbed.config.settings import with_settings
from seedbed.data import SplitSize, TextConfig
from seedbed.experiments.text import population
from seedbed.experiments.text_report import command

SIZE = SplitSize(1000, 10, 900)
WORLD = TextConfig("key", "bytes", 257, SIZE, SIZE)


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(train_arguments, "visible_cores", lambda: [0, 1])
    Path("a.model").write_text("a model")
    Path("mine").mkdir()


def told(*words):
    settings = parse(words, list(flags_of(Arguments)), "seedbed train")
    return with_settings(Arguments(), {**settings, "given": sorted(settings)})


def options(arguments):
    ready = SimpleNamespace(world=WORLD, tokenizer=SimpleNamespace(config=arguments.tokenizer_config))
    return arguments.options(ready)


COMMANDS = [
    "--steps 30",
    "--steps 30 --tokenizer gam",
    "--steps 30 --tokenizer tinystories --prompt='--- Tom said'",
    "--steps 30 --tokenizer byte --normalise NFKC --deduplicate near",
    "--steps 30 --tokenizer unigram --vocabulary 700",
    "--steps 30 --tokenizer a.model --unknown count",
    "--steps 30 --tokenizer mine --seeds 3 --first-seed 5",
    r"--steps 30 --separator='\\n---\\n' --corpus a.txt b.txt --validation-paths v.txt",
    r"--steps 30 --separator 'a\\\\n' --corpus a.txt --errors replace --field story --validation 0.2",
    "--steps 30 40 --preset tiny baby-1m --tests 7 --learning-rate 0.5",
    "--steps 300 --evaluation.regular 50 --training.patience 3",
    "--steps 30 --training.shards 1 --training.batch 12",
    "--steps 30 --dropout 0.1",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_the_command_of_a_page_makes_the_same_run(words, monkeypatch):
    first = options(told(*shlex.split(words)))
    program, verb, *again = shlex.split(command(SimpleNamespace(options=first, folder=Path("runs/text"))))
    monkeypatch.setattr(train_arguments, "visible_cores", lambda: list(range(16)))  # on another computer
    assert (program, verb) == ("seedbed", "train")
    assert options(told(*again)) == first


def test_minutes_become_a_command_by_steps():
    timed = replace(options(told("--minutes", "3")), steps=(123,), tests=6)
    _, _, *again = shlex.split(command(SimpleNamespace(options=timed, folder=Path("runs/text"))))
    same = options(told(*again))
    assert same == replace(timed, minutes=None)
    assert population(same, "tiny", 123) == population(timed, "tiny", 123)


def test_an_option_that_equals_its_default_is_read():
    assert population(options(told("--steps", "2000")), "tiny", 2000).evaluation.regular == 100
    asked = options(told("--steps", "2000", "--evaluation.regular", "50"))
    assert population(asked, "tiny", 2000).evaluation.regular == 50
    assert options(told("--steps", "2")).training.shards == 2
    assert options(told("--steps", "2", "--training.shards", "1")).training.shards == 1


@pytest.mark.parametrize("tokenizer", ["bpe", "byte", "gam", "tinystories", "a.model"])
@pytest.mark.parametrize("form", ["NFC", "NFKC", "none"])
def test_text_is_tokenised_in_the_form_in_which_it_is_read(tokenizer, form):
    arguments = told("--tokenizer", tokenizer, "--normalise", form)
    assert arguments.tokenizer_config.normalise == arguments.corpus_config.normalise == form


def test_a_line_end_of_a_separator_may_be_typed():
    assert told("--separator", r"\n---\n").corpus_config.separator == "\n---\n"
    assert told("--separator", r"\\n").corpus_config.separator == r"\n"
