"""Claims about real corpora, in SEEDBED_DATA or `shared/data` beside the project: counts as their sources give them."""

import os
import unicodedata
from pathlib import Path

import pytest

from seedbed.data import CorpusConfig, documents
from seedbed.data.splits import OverlapCheck, split_documents

DATA = Path(os.environ.get("SEEDBED_DATA") or Path(__file__).parents[3] / "shared" / "data")
needs = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data at {DATA}: set SEEDBED_DATA to its folder")
STORIES = {"hi": 146, "mr": 135, "bn": 46, "en": 390}


def read(*path, **settings):
    return [each.text for each in documents(CorpusConfig((str(DATA.joinpath(*path)),), **settings))]


@needs
def test_tinystories_has_its_stories_and_training_text_holds_no_validation_story():
    files = [str(DATA / "tinystories" / f"tinystories-{split}.txt") for split in ("train", "valid")]
    check, training = OverlapCheck(), []
    for split, document in split_documents(CorpusConfig((files[0],), validation_paths=(files[1],))):
        training.append(document.text) if split == "train" else check.hold(document.text)
    check.look(training)
    found = check.result()
    assert (len(training), found.validation, found.found) == (11_696, 1559, 0)
    assert 0 < found.windows_found < 0.02 * found.windows  # "Once upon a time, there was a little girl named Lily. She"


@needs
@pytest.mark.parametrize("language", STORIES)
def test_childrens_books_are_read_whole_in_every_script(language):
    raw = (DATA / "pratham-stories" / f"pb-{language}.txt").read_text(encoding="utf-8")
    for form in ("NFC", "none"):
        texts = read("pratham-stories", f"pb-{language}.txt", normalise=form)
        assert len(texts) == STORIES[language]
        expected = raw if form == "none" else unicodedata.normalize("NFC", raw)
        for joiner in "\u200c\u200d\u094d\u09cd":
            assert sum(text.count(joiner) for text in texts) == expected.count(joiner)
    assert len(read("pratham-stories", f"pb-{language}.txt", deduplicate="near")) == STORIES[language]


@needs
def test_wikitext_has_no_separators_and_is_one_document_or_its_lines():
    assert len(read("wikitext-2", "valid.txt")) == 1
    assert len(read("wikitext-2", "valid.txt", separator="\n", deduplicate="none")) > 2000
