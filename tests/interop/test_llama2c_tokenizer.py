import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.interop import Llama2cTokenizer, decode, read_tokenizer, tokenizer_bytes

BYTES = tuple(f"<0x{byte:02X}>".encode() for byte in range(256))
WORDS = (b" ", b"a", b"b", b"c", b"ab", b"bc", b"abc", b" a", b" ab", b"aa", b"aaa", "é".encode())
TOKENIZER = Llama2cTokenizer(
    (b"<unk>", b"\n<s>\n", b"\n</s>\n", *BYTES, *WORDS),
    (0.0,) * 259 + (-9.0, -8, -7, -6, -1, -2, 3, -4, -5, -3, 1, 0),
    6,
)


def merged_slowly(tokenizer, tokens):
    """As run.c has it: look at all pairs, merge the best, the first of equals, and look again."""
    tokens, token_of = list(tokens), {}
    for token, piece in enumerate(tokenizer.pieces):
        token_of.setdefault(piece, token)
    while True:
        best = None
        for place in range(len(tokens) - 1):
            merged = token_of.get(tokenizer.pieces[tokens[place]] + tokenizer.pieces[tokens[place + 1]])
            if merged is not None and (best is None or tokenizer.scores[merged] > best[0]):
                best = tokenizer.scores[merged], place, merged
        if best is None:
            return tokens
        tokens[best[1] : best[1] + 2] = [best[2]]


@given(st.text(alphabet="abc é日", max_size=30))
def test_pairs_merge_as_when_all_are_looked_at_each_time(text):
    single = [259]
    for character in text:
        spelt = character.encode()
        single += [TOKENIZER.pieces.index(spelt)] if spelt in WORDS else [3 + byte for byte in spelt]
    assert TOKENIZER.encode(text) == ([1, *merged_slowly(TOKENIZER, single)] if text else [1])


@given(st.text(max_size=40).filter(lambda text: "\0" not in text))
def test_text_comes_back(text):
    text = text.encode("utf-8", "replace").decode()
    assert decode(TOKENIZER, TOKENIZER.encode(text)) == text


def test_stories_come_back(stories):
    tokenizer = read_tokenizer(stories / "tok512.bin")
    text = "Once upon a time, there was a little girl named Lily. 日本 ünïcode\n"
    assert decode(tokenizer, tokenizer.encode(text)) == text
    assert tokenizer.encode("Once upon a time") == [1, 403, 407, 261, 378]
    assert tokenizer_bytes(tokenizer) == (stories / "tok512.bin").read_bytes()


def test_without_pieces_for_bytes_an_unknown_character_is_refused():
    few = Llama2cTokenizer((b"<unk>", b"<s>", b"</s>", b" ", b"a"), (0.0,) * 5, 5)
    with pytest.raises(UsageError, match="no piece for 'b'"):
        few.encode("ab")


@pytest.mark.parametrize("token", [-1, 271, 10**9])
def test_a_token_that_there_is_not_is_refused(token):
    with pytest.raises(UsageError, match=f"token {token} is not among the 271"):
        TOKENIZER.piece(1, token)


def test_the_file_comes_back(tmp_path):
    path = tmp_path / "t.bin"
    path.write_bytes(tokenizer_bytes(TOKENIZER))
    assert read_tokenizer(path) == TOKENIZER


def entry(score, length, piece=b""):
    return struct.pack("<fi", score, length) + piece


START = struct.pack("<i", 4) + entry(0, 1, b"a")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "begins with the length of its longest piece, got 0 bytes"),
        (START + b"\0\0\0", "within the score and length of piece 1, at byte 16"),
        (START + entry(0, 3, b"ab"), "within piece 1: 3 bytes expected, 2 left"),
        (START + entry(0, -1), "piece 1 has length -1: 0 to 4"),
        (START + entry(0, 2**31 - 1), "piece 1 has length 2147483647: 0 to 4"),
        (START + entry(float("nan"), 1, b"b"), "piece 1 has score nan"),
        (START, "1 pieces: at least 3"),
    ],
)
def test_a_hostile_file_is_refused_by_name(tmp_path, content, why):
    path = tmp_path / "t.bin"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"t\.bin cannot be read: .*{why}"):
        read_tokenizer(path)


@given(st.binary(max_size=80))
def test_any_file_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "t.bin"
    path.write_bytes(content)
    try:
        tokenizer = read_tokenizer(path)
    except UsageError:
        return
    assert tokenizer_bytes(tokenizer) == content
