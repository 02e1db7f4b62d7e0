"""Children's stories in four languages as matched corpora, their tokenizers, what these measure, and what is asked.

Matched by characters of training text, since a letter of the Indic scripts takes three bytes. Source of the texts:
Pratham Books (stories), Tatoeba (sentence pairs); of the comparison: Patil et al. (2025), arXiv 2504.07989.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.config import UsageError, fingerprint
from seedbed.config.cache import cache_root
from seedbed.data import CorpusConfig, Probe, StoryWorldConfig, documents, prepare, split_of, stories, text_of
from seedbed.data.corpus import END_OF_TEXT, Document
from seedbed.data.tokenizers import Tokenizer, TokenizerConfig, train_tokenizer
from seedbed.data.tokenizers.metrics import measure, parity
from seedbed.experiments.text_corpus import Prepared
from seedbed.experiments.text_worlds import file_in
from seedbed.experiments.tokenizer_comparison import OWN, Row, read_pairs

ENGLISH = "en"
LANGUAGES = {"hi": "Hindi", "mr": "Marathi", "bn": "Bengali", ENGLISH: "English"}
PAIR_FILES = {"hi": "eng-hin.tsv", "mr": "eng-mar.tsv", "bn": "eng-ben.tsv"}
HELD_OUT = 0.15  # of the stories
SHORTEST, LONGEST = 8, 240  # bytes of a sentence or paragraph that is asked
SENTENCE = re.compile(
    r"[.!?\u0964\u0965][\"'\u2019\u201d)]*(?=\s)"
)  # U+0964 and U+0965 end sentences in Devanagari and Bengali
WRITTEN, TRANSLATED = "written", "translated"

OWN_BPE, OWN_UNIGRAM, ALL_BPE, ENGLISH_BPE, BYTES = "own-bpe", "own-unigram", "multilingual", "english", "bytes"
TOKENIZERS = (OWN_BPE, OWN_UNIGRAM, ALL_BPE, ENGLISH_BPE, BYTES)


@dataclass(frozen=True)
class Stories:
    """A language's stories. train, held_out: their texts.  told: of each held-out one, whether it was written in this
    language or translated, None where nobody says.  pairs: English sentences and the same in this language; none for
    English.
    """

    language: str
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    told: tuple[str | None, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def characters(self) -> int:
        """Of the training text."""
        return sum(map(len, self.train))

    def cut(self, characters: int) -> "Stories":
        """About the first so many characters of the training text, the last story cut after a sentence or a word."""
        kept, left = [], characters
        for text in self.train:
            if left <= 0:
                break
            whole = text if len(text) <= left else _whole(text[: left + 1])
            if whole:
                kept.append(whole)
            left -= len(text)
        return Stories(self.language, tuple(kept), self.held_out, self.told, self.pairs)


def _whole(text: str) -> str:
    """The sentences of a beginning that are whole; without one, the words that are."""
    ends = [found.end() for found in SENTENCE.finditer(text)] or [found.start() for found in re.finditer(r"\s", text)]
    return text[: ends[-1]] if ends else ""


def read_stories(folder: Path, language: str) -> Stories:
    """The stories of a language in the folder of texts. Raises `UsageError` where a file is not there."""
    path = file_in(folder, f"pratham-stories/pb-{language}.txt")
    config = CorpusConfig((path,), validation=HELD_OUT)
    found: dict[str, list[Document]] = {"train": [], "validation": []}
    for document in documents(config):
        found[split_of(document, config)].append(document)
    kinds = _kinds(folder, language)
    pairs: tuple[tuple[str, str], ...] = ()
    if language != ENGLISH:
        pairs = tuple(zip(*read_pairs(file_in(folder, f"tatoeba-indic/{PAIR_FILES[language]}")), strict=True))
    return Stories(
        language,
        tuple(document.text for document in found["train"]),
        tuple(document.text for document in found["validation"]),
        tuple(kinds.get(document.text.split("\n")[0].strip()) for document in found["validation"]),
        pairs,
    )


def told_stories(config: StoryWorldConfig, language: str) -> Stories:
    """Generated English stories in the place of a language, for a trial without data: other ones for each."""
    place = tuple(LANGUAGES).index(language)
    texts = [each.text for each in stories(StoryWorldConfig(config.stories, config.seed + place, config.events))]
    held_out = max(len(texts) // 7, 1)
    said = dict.fromkeys(
        sentence for each in stories(StoryWorldConfig(60, config.seed + 99)) for sentence in each.sentences
    )
    pairs = tuple((one, one) for one in said) if language != ENGLISH else ()
    return Stories(language, tuple(texts[held_out:]), tuple(texts[:held_out]), (None,) * held_out, pairs)


def _kinds(folder: Path, language: str) -> dict[str, str]:
    """By title, whether a story was written in its language or translated; titles that are there twice say nothing."""
    path = folder / f"pratham-stories/pb-{language}.attribution.tsv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    titles = [row["title"].strip() for row in rows]
    return {
        title: TRANSLATED if (row["translator"] or "").strip() else WRITTEN
        for title, row in zip(titles, rows, strict=True)
        if titles.count(title) == 1
    }


def tokenizers_for(texts: Sequence[Stories], vocabulary: int) -> dict[tuple[str, str], tuple[Tokenizer, str]]:
    """The tokenizer of every (language, kind), and what it was learnt from; English has no second one of English."""
    bpe, unigram = TokenizerConfig("bpe", vocabulary), TokenizerConfig("unigram", vocabulary)
    english = next(each for each in texts if each.language == ENGLISH)
    shared = {
        ALL_BPE: (train_tokenizer(bpe, [text for each in texts for text in each.train]), "all languages"),
        ENGLISH_BPE: (train_tokenizer(bpe, english.train), "English"),
        BYTES: (train_tokenizer(TokenizerConfig("byte"), []), ""),
    }
    found = {}
    for each in texts:
        found[each.language, OWN_BPE] = (train_tokenizer(bpe, each.train), OWN)
        found[each.language, OWN_UNIGRAM] = (train_tokenizer(unigram, each.train), OWN)
        for kind, tokenizer in shared.items():
            if (each.language, kind) != (ENGLISH, ENGLISH_BPE):
                found[each.language, kind] = tokenizer
    return found


def metrics_of(own: Stories, kind: str, tokenizer: Tokenizer, learnt_from: str) -> Row:
    """All measures of a tokenizer on held-out stories; parity against English where it is not of one language alone."""
    premium = None
    if own.pairs and learnt_from != OWN:
        english, same = zip(*own.pairs, strict=True)
        premium = parity(tokenizer, same, english)
    fit = measure(tokenizer, own.held_out, (1.0, 2.5))
    return Row(own.language, kind, tokenizer.config.vocabulary, learnt_from, tokenizer, fit, parity=premium)


def as_world(own: Stories, tokenizer: Tokenizer) -> Prepared:
    """The stories as tokens: matched text stands in the cache as files, as any corpus does."""
    folder = cache_root() / "corpora" / fingerprint("regional", *own.train, "\x1f", *own.held_out)
    paths = []
    for name, texts in (("train", own.train), ("held-out", own.held_out)):
        path = folder / f"{name}.txt"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged = path.with_suffix(".staged")
            staged.write_text(f"\n{END_OF_TEXT}\n".join(texts), encoding="utf-8")
            staged.replace(path)
        paths.append(str(path))
    cache = prepare(CorpusConfig((paths[0],), validation_paths=(paths[1],)), tokenizer)  # type: ignore[arg-type]
    return Prepared(text_of(cache, tokenizer.fingerprint), tokenizer, cache)


def sentence_task(language: str) -> str:
    """The task that measures sentences which pair a language with English."""
    return f"sentences en-{language}"


def asked_of(own: Stories, others: Sequence[Stories], sentences: int) -> list[Probe]:
    """What a model of this language is asked: its side of the sentence pairs, English its side of every language's."""
    probes = []
    for each in others if own.language == ENGLISH else (own,):
        side = 0 if own.language == ENGLISH else 1
        task = sentence_task(each.language)
        probes += [Probe(task, "", (pair[side],)) for pair in chosen_pairs(each.pairs, sentences)]
    return probes


def chosen_pairs(pairs: Sequence[tuple[str, str]], number: int) -> list[tuple[str, str]]:
    """At most so many pairs that fit, evenly chosen; sentences with several translations are left out."""
    count = [{}, {}]
    for pair in pairs:
        for side in (0, 1):
            count[side][pair[side]] = count[side].get(pair[side], 0) + 1
    fitting = [
        pair
        for pair in pairs
        if all(count[side][pair[side]] == 1 and SHORTEST <= len(pair[side].encode()) <= LONGEST for side in (0, 1))
    ]
    if not fitting:
        raise UsageError(f"no unique pair of sentences has {SHORTEST} to {LONGEST} bytes on both sides")
    return _evenly(fitting, number)


def _evenly(items: Sequence, number: int) -> list:
    if not items:
        return []
    places = np.unique(np.linspace(0, len(items) - 1, min(number, len(items))).round().astype(int))
    return [items[place] for place in places]
