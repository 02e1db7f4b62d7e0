"""Every kind of tokenizer obeys the same contract; then what is particular to each."""

import json
import os
import subprocess
import sys
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.data.tokenizers import (
    TokenizerConfig,
    gam_tokenizer,
    load_tokenizer,
    read_tokenizer,
    tinystories_tokenizer,
    train_tokenizer,
)
from seedbed.data.tokenizers.alphabet import as_bytes, as_characters, splitter
from seedbed.data.tokenizers.metrics import cuts_of
from seedbed.data.tokenizers.top import spell

LOSSLESS = [
    TokenizerConfig("byte"),
    TokenizerConfig("character", 300),
    TokenizerConfig("word", 300),
    TokenizerConfig("bpe", 400),
    TokenizerConfig("bpe", 400, alphabet="characters"),
    TokenizerConfig("unigram", 400),
    TokenizerConfig("bpe", 400, top=300),
    TokenizerConfig("unigram", 400, top=300),
]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VIRAMAS = "\u094d\u09cd"
INDIC = [chr(point) for point in range(0x900, 0xA00)]  # Devanagari and Bengali
JOINED = {each for each in INDIC if unicodedata.category(each) in ("Mn", "Mc")}
CONSONANTS = {each for each in INDIC if unicodedata.category(each) == "Lo"}
TRICKY = ["", " ", "\n\n \t", "<|endoftext|>", "<0x41>▁a", "क्ष", "क्‍ष क्‌ष", "👩‍👩‍👧 naïve", "\x00\x7f", "a" * 5000]


def called(config):
    return f"{config.kind}-{config.alphabet}-{config.top}"


@pytest.fixture(scope="module", params=LOSSLESS, ids=called)
def tokenizer(request, learnt):
    config = request.param
    return learnt(config.kind, config.vocabulary, alphabet=config.alphabet, top=config.top)


@given(text=ANY_TEXT)
def test_any_text_comes_back(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_text_comes_back_and_never_ends_itself(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text and tokenizer.eot not in ids
    assert tokenizer.decode_bytes(ids) == text.encode() == b"".join(tokenizer.pieces[each] for each in ids)


def test_layout_is_bytes_then_end_of_text(tokenizer):
    assert tokenizer.eot == 256 and tokenizer.lossless
    assert tokenizer.pieces[:256] == tuple(bytes([value]) for value in range(256)) and tokenizer.pieces[256] == b""
    assert len(set(tokenizer.pieces)) == tokenizer.vocabulary <= (tokenizer.config.top or tokenizer.config.vocabulary)
    assert tokenizer.decode([*tokenizer.encode("a b"), tokenizer.eot]) == "a b"


def test_many_texts_are_encoded_as_one_by_one(tokenizer):
    texts = ["Lily ran.", "", "कुत्ता हँस दिया"]
    found = tokenizer.encode_many(texts)
    assert [ids.tolist() for ids in found] == [tokenizer.encode(text) for text in texts]
    assert {ids.dtype for ids in found} == {np.dtype(np.uint16)}


def test_saved_and_loaded_it_is_the_same(tokenizer, tmp_path):
    path = tokenizer.save(tmp_path / "kept")
    again = load_tokenizer(tmp_path / "kept")
    assert path.name == "tokenizer.json" and [each.name for each in path.parent.iterdir()] == ["tokenizer.json"]
    assert again.fingerprint == tokenizer.fingerprint and again.pieces == tokenizer.pieces
    assert again.encode("मोटा dog ☃") == tokenizer.encode("मोटा dog ☃")


def test_fingerprints_differ(learnt):
    kinds = ["byte", "character", "word", "bpe", "unigram"]
    assert len({learnt(kind).fingerprint for kind in kinds}) == 5
    assert learnt().fingerprint == learnt().fingerprint != learnt(normalise="NFKC").fingerprint


def test_the_engine_part_of_the_file_is_what_the_rust_library_reads(learnt, tmp_path):
    from tokenizers import Tokenizer

    tokenizer = learnt()
    engine = json.loads(tokenizer.save(tmp_path).read_text())["engine"]
    assert Tokenizer.from_str(json.dumps(engine)).encode(" dog कुत्ता").ids == tokenizer.encode(" dog कुत्ता")


PROGRAM = """
import sys
from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer
texts = open(sys.argv[1], encoding="utf-8").read().split("\\n\\n")
for kind, alphabet in [("bpe", "bytes"), ("bpe", "characters"), ("unigram", "bytes"), ("word", "bytes")]:
    print(train_tokenizer(TokenizerConfig(kind, 700, alphabet=alphabet), texts).fingerprint)
"""


def test_training_is_the_same_in_any_process_with_any_threads(tmp_path):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdeकखग्ािী"), rng.integers(1, 9))) for _ in range(600)]
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join(" ".join(rng.choice(words, 30)) for _ in range(200)), encoding="utf-8")
    found = set()
    for threads, seed in [("1", "0"), ("2", "1"), ("2", "2")]:
        environment = {**os.environ, "RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PROGRAM, str(text)]
        found.add(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    (only,) = found
    assert len(set(only.split())) == 4


@pytest.mark.parametrize(
    "name", ["pratham-stories/pb-hi.txt", "pratham-stories/pb-mr.txt", "pratham-stories/pb-bn.txt"]
)
def test_no_word_pattern_cuts_inside_a_conjunct(stories, name):
    for config in (TokenizerConfig(), gam_tokenizer()):
        cut = splitter(config)
        for text in stories(name, 40):
            normal = unicodedata.normalize("NFC", text)
            for _, (start, _) in cut.pre_tokenize_str(normal):
                inside = start and not normal[start - 1].isspace() and normal[start] in JOINED
                after_virama = start > 1 and normal[start - 1] in VIRAMAS and normal[start] in CONSONANTS
                assert not inside and not after_virama, normal[max(0, start - 5) : start + 5]


def test_words_keep_their_marks_joiners_and_contractions():
    cut = splitter(TokenizerConfig())
    pieces = [piece for piece, _ in cut.pre_tokenize_str("don't क्‍षमा  शक्ति, 25%\n\nab's")]
    assert pieces == ["don", "'t", " क्‍षमा", " ", " शक्ति", ",", " 25", "%", "\n\n", "ab", "'s"]


def test_bpe_merges_the_commonest_pair_first():
    tokenizer = train_tokenizer(TokenizerConfig("bpe", 259), ["abab abab cab"])
    assert tokenizer.pieces[257:] == (b"ab", b"abab")
    assert [tokenizer.pieces[each] for each in tokenizer.encode("abab")] == [b"abab"]


def test_bpe_over_characters_never_cuts_a_known_character(learnt):
    whole, free = learnt(vocabulary=400, alphabet="characters"), learnt(vocabulary=400)
    text = "विद्यालय में क्षत्रिय बच्चे"
    broken = [tokenizer.decode([each]) for tokenizer in (whole, free) for each in tokenizer.encode(text)]
    assert "�" not in "".join(whole.decode([each]) for each in whole.encode(text))
    assert broken and "�" in "".join(free.decode([each]) for each in free.encode("झ"))


def test_common_words_are_unigram_pieces_with_the_space_before_them():
    names = ("banana", "orange", "melon", "cherry")
    texts = [f"The {one} and the {other} met.\n" for one in names for other in names]
    tokenizer = train_tokenizer(TokenizerConfig("unigram", 400), texts)
    assert {f" {name}".encode() for name in names} <= set(tokenizer.pieces)
    assert cuts_of(tokenizer, names) == [(1, ())] * 4


def test_unigram_cuts_a_word_where_the_product_of_chances_is_largest(learnt):
    from itertools import pairwise, product

    tokenizer = learnt("unigram", 400)
    plain = tokenizer.engine.plain()["model"]["vocab"]
    chances = {as_bytes(piece): score for piece, score in plain if piece != "<|endoftext|>"}
    word = " दुबला"
    raw = word.encode()

    def best(ends):
        places = [0, *[place + 1 for place, end in enumerate(ends) if end], len(raw)]
        return [raw[a:b] for a, b in pairwise(places)]

    cuts = (best(ends) for ends in product([False, True], repeat=len(raw) - 1) if sum(ends) < 5)
    scored = [(sum(chances[piece] for piece in pieces), pieces) for pieces in cuts if all(p in chances for p in pieces)]
    assert max(scored)[0] == pytest.approx(sum(chances[tokenizer.pieces[each]] for each in tokenizer.encode(word)))


def test_words_are_the_commonest_and_others_are_spelled():
    tokenizer = train_tokenizer(TokenizerConfig("word", 259), [" dog dog dog cat cat bird"])
    assert tokenizer.pieces[257:] == (b" dog", b" cat")
    assert tokenizer.encode(" dog bird") == [257, *b" bird"]


def test_characters_have_a_symbol_each_and_rare_ones_their_bytes(learnt):
    tokenizer = train_tokenizer(TokenizerConfig("character", 258), ["ककख a"])
    assert tokenizer.pieces[257:] == ("क".encode(),)
    assert tokenizer.encode("aक") == [97, 257] and tokenizer.encode("ख") == list("ख".encode())


def test_gam_setting_drops_white_space_and_says_so():
    config = gam_tokenizer()
    assert (config.vocabulary, config.pretokenizer) == (10_000, "whitespace")
    tokenizer = train_tokenizer(replace(config, vocabulary=300), ["the dog's bed , the dog's end"] * 3)
    assert not tokenizer.lossless
    assert tokenizer.decode(tokenizer.encode("the   dog's bed")).split() == ["the", "dog", "'", "s", "bed"]


def test_top_keeps_the_commonest_and_spells_the_rest():
    config = tinystories_tokenizer()
    assert (config.vocabulary, config.top) == (50_257, 10_000)
    texts = ["abab abab abab cdcd"]
    big = train_tokenizer(TokenizerConfig("bpe", 300), texts)
    small = train_tokenizer(TokenizerConfig("bpe", 300, top=258), texts)
    assert small.pieces[257:] == (b" abab",) and small.vocabulary == 258
    assert len(small.encode(" cdcd")) == 5 > len(big.encode(" cdcd"))


@given(st.binary(min_size=1, max_size=12))
def test_what_is_dropped_is_spelled_longest_first(raw):
    by_bytes = {bytes([value]): value for value in range(256)} | {raw[:2]: 300, raw[:3]: 301}
    ids = spell(raw, by_bytes, 3)
    back = {identity: piece for piece, identity in by_bytes.items()}
    assert b"".join(back[each] for each in ids) == raw and len(back[ids[0]]) == min(3, len(raw))


@given(st.binary())
def test_bytes_as_characters_and_back(raw):
    assert as_bytes(as_characters(raw)) == raw and len(as_characters(raw)) == len(raw)


def model_file(path, texts, **settings):
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_prefix=str(path), hard_vocab_limit=False, minloglevel=2, **settings
    )
    return str(path.with_suffix(".model"))


def test_an_imported_model_encodes_as_its_own_library_does(tmp_path, stories):
    from sentencepiece import SentencePieceProcessor

    texts = stories("pratham-stories/pb-hi.txt", 20)
    path = model_file(tmp_path / "hi", texts, vocab_size=500, byte_fallback=True)
    tokenizer = train_tokenizer(TokenizerConfig("sentencepiece", path=path), [])
    own = SentencePieceProcessor(model_file=path)
    assert tokenizer.encode("मोटा राजा ☃") == own.encode("मोटा राजा ☃")
    assert tokenizer.decode(tokenizer.encode("मोटा राजा ☃")) == own.decode(own.encode("मोटा राजा ☃")) == "मोटा राजा ☃"
    assert tokenizer.eot == own.eos_id() and tokenizer.unknown is None and not tokenizer.lossless
    tokenizer.save(tmp_path / "kept")
    assert str(tmp_path) not in (tmp_path / "kept" / "tokenizer.json").read_text()
    assert load_tokenizer(tmp_path / "kept").encode("कुत्ता") == own.encode("कुत्ता")


DAMAGE = {
    "no engine": {"engine": {}},
    "engine of another kind": {"engine": "AAAA"},
    "no symbol kept": {"kept": []},
    "symbols kept that there are not": {"kept": [9999]},
    "no end of text kept": {"kept": [*range(256)]},
    "no list of kept ones": {"kept": 5},
    "a model that is none": {"config": {"kind": "sentencepiece", "path": "imported"}, "engine": "AAAA"},
    "text that is no base64": {"config": {"kind": "sentencepiece", "path": "imported"}, "engine": "é"},
    "no text of a model": {"config": {"kind": "sentencepiece", "path": "imported"}, "engine": 5},
    "no number of a character": {"config": {"kind": "character"}, "engine": {"é": "x"}},
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_tokenizer_that_is_broken_inside_is_refused_by_its_file(name):
    whole = json.loads(train_tokenizer(TokenizerConfig("bpe", 300), ["ab ba abba"]).text)
    with pytest.raises(UsageError, match=r"mine\.json is damaged, or was not written by Seedbed"):
        read_tokenizer(json.dumps({**whole, **DAMAGE[name]}), "mine.json")


def test_the_bytes_that_tokens_spell_are_counted(tmp_path):
    texts = ["Tom  sat.\n", "नमस्ते Hi", ""]
    for kind in ("byte", "character", "word", "bpe", "unigram"):
        tokenizer = train_tokenizer(TokenizerConfig(kind, 300), ["Tom sat. Hi"])
        assert tokenizer.spelled_bytes(tokenizer.encode_many(texts)).tolist() == [len(each.encode()) for each in texts]
    gam = train_tokenizer(gam_tokenizer(), ["Tom sat. Hi"])
    assert gam.spelled_bytes(gam.encode_many(texts)).tolist() == [7, 20, 0]
    path = model_file(tmp_path / "hi", ["Hi Tom sat"] * 20, vocab_size=12)
    model = train_tokenizer(TokenizerConfig("sentencepiece", path=path, unknown="count"), [])
    assert model.spelled_bytes(model.encode_many(texts[1:])).tolist() == [3, 0]  # the space and Hi


def test_what_an_imported_model_lacks_is_refused_by_name_or_counted(tmp_path):
    path = model_file(tmp_path / "ab", ["ab ba abba"] * 20, vocab_size=8, bos_id=-1, eos_id=-1)
    config = TokenizerConfig("sentencepiece", path=path)
    with pytest.raises(UsageError, match=r"cannot express '☃' \(U\+2603\): it has no byte pieces. .* --unknown count,"):
        train_tokenizer(config, []).encode_many(["ab", "a☃"])
    counting = train_tokenizer(replace(config, unknown="count"), [])
    assert counting.encode("a☃").count(counting.unknown) == 1
    assert counting.eot == counting.vocabulary - 1
    with pytest.raises(UsageError, match="without all 256 bytes"):
        train_tokenizer(replace(config, unknown="count", top=300), ["ab"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vocabulary": 200}, "vocabulary must lie between 257 .* got 200"),
        ({"top": 100}, "top must keep between 257 .* got 100"),
        ({"kind": "byte", "top": 300}, "top 300 of a byte tokenizer"),
        ({"kind": "sentencepiece"}, "needs the path of a model"),
        ({"path": "x.model"}, "kind 'bpe' with path 'x.model'"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        TokenizerConfig(**settings)


def test_nothing_to_learn_from_is_refused():
    for kind in ["bpe", "unigram", "word", "character"]:
        with pytest.raises(UsageError, match="is the corpus empty"):
            train_tokenizer(TokenizerConfig(kind), ["", ""])
    with pytest.raises(UsageError, match="the text has none"):
        train_tokenizer(TokenizerConfig("unigram"), [" \n"])


def test_half_a_surrogate_pair_is_refused(tokenizer):
    with pytest.raises(UsageError, match=r"text 1 holds half of a surrogate pair \(U\+D800 at character 2\)"):
        tokenizer.encode_many(["fine", "ab\ud800"])


def test_files_that_are_no_tokenizer_are_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no tokenizer in"):
        load_tokenizer(tmp_path)
    for text, message in [("{", "cannot be read as a tokenizer"), ('{"model": {}}', "was not written by Seedbed")]:
        (tmp_path / "tokenizer.json").write_text(text)
        with pytest.raises(UsageError, match=message):
            load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"format": 2, "config": {}, "engine": null, "kept": null}')
    with pytest.raises(UsageError, match="has format 2, this version reads format 1"):
        load_tokenizer(tmp_path)
    (tmp_path / "a.model").write_bytes(b"nothing of the kind")
    with pytest.raises(UsageError, match="is not a SentencePiece model"):
        train_tokenizer(TokenizerConfig("sentencepiece", path=str(tmp_path / "a.model")), [])
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        train_tokenizer(TokenizerConfig("sentencepiece", path=str(tmp_path / "b.model")), [])
