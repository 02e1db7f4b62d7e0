"""How well a tokenizer fits a text: lengths, cuts of words, evenness, each with its interval over documents.

Nothing here says which tokenizer a model learns best with: only bits per byte of models trained on equal compute do.
Sources: fertility: Rust et al. (2021), section 3.2; Renyi entropy: Renyi (1961), as a measure of tokenizers Zouhar et
al. (2023); MorphScore: Arnett & Bergen (2024); parity: Petrov et al. (2023); jackknife: Efron & Tibshirani (1993),
chapter 11.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from seedbed.config.errors import UsageError
from seedbed.data.tokenizers.script import uncuttable, words_of
from seedbed.data.tokenizers.tokenizer import Tokenizer
from seedbed.emergence.estimates import Estimate, without_interval
from seedbed.emergence.intervals import clopper_pearson

LEVEL = 0.95
MOST_GROUPS = 400  # documents are dealt into so many groups at most, of which one is left out: memory stays bounded
FEWEST_DOCUMENTS = 5  # with fewer their spread is hardly known
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A tokenizer measured on documents, n of each estimate; None where the text has nothing of the kind.

    bytes_a_token, characters_a_token: length of the text by the number of its tokens.  tokens_a_word: fertility, the
    tokens of a word and of the space before it.  vocabulary_use: the share of symbols that occur.  renyi: entropy by
    its order, in nats.  cut_clusters: the share of words cut inside a grapheme cluster.  cut_conjuncts: the share of
    words split inside a conjunct, among those that hold one.  unknown: tokens that stand for a character which the
    tokenizer lacks.
    """

    documents: int
    tokens: int
    bytes_a_token: Estimate
    characters_a_token: Estimate
    tokens_a_word: Estimate | None
    vocabulary_use: Estimate
    renyi: Mapping[float, Estimate]
    cut_clusters: Estimate | None
    cut_conjuncts: Estimate | None
    unknown: int


def measure(tokenizer: Tokenizer, texts: Sequence[str], orders: Sequence[float] = (2.5,)) -> Fit:
    """The fit of `tokenizer` to `texts`, documents that it was not learnt from.

    Raises `UsageError` without a text, and for an order that is no number of 0 or more.
    """
    if not any(texts):
        raise UsageError("tokenizers are measured on documents, and there is none with text")
    for order in orders:
        if not 0 <= order < np.inf:
            raise UsageError(f"the order of a Renyi entropy is a number of 0 or more, got {order}")
    encoded = tokenizer.encode_many(texts)
    counts_DV = _grouped([np.bincount(ids_T, minlength=tokenizer.vocabulary) for ids_T in encoded])
    tokens_D = counts_DV.sum(1)
    bytes_D = _grouped([len(_normal(tokenizer, text).encode()) for text in texts])
    characters_D = _grouped([len(_normal(tokenizer, text)) for text in texts])
    words_DK = _grouped(_word_counts(tokenizer, texts))  # words, pieces, cut in a cluster, with a conjunct, cut in it
    words_D, pieces_D, clusters_D, with_conjunct_D, conjuncts_D = words_DK.T
    documents, unknown = len(texts), tokenizer.unknown
    return Fit(
        documents=documents,
        tokens=int(tokens_D.sum()),
        bytes_a_token=_ratio(bytes_D, tokens_D, documents),
        characters_a_token=_ratio(characters_D, tokens_D, documents),
        tokens_a_word=_ratio(pieces_D, words_D, documents) if words_D.any() else None,
        vocabulary_use=vocabulary_use([np.unique(ids_T) for ids_T in encoded], tokenizer.vocabulary - 1),
        renyi={order: _over_documents(counts_DV, _entropy(order), documents) for order in orders},
        cut_clusters=_share(clusters_D, words_D, documents),
        cut_conjuncts=_share(conjuncts_D, with_conjunct_D, documents),
        unknown=0 if unknown is None else int(counts_DV[:, unknown].sum()),
    )


def renyi_entropy(counts_NV: NDArray[np.number], order: float) -> Floats:
    """H_a = ln(sum p^a) / (1 - a) of each row of counts, in nats; a = 1 is Shannon's, a = 0 the log of the support.

    >>> renyi_entropy(np.ones((1, 8)), 2.5).round(3) == np.log(8).round(3)
    array([ True])
    """
    counts_NV = np.asarray(counts_NV, np.float64)
    shares_NV = counts_NV / counts_NV.sum(-1, keepdims=True)
    if order == 1:
        logs_NV = np.log(np.where(shares_NV > 0, shares_NV, 1))
        return -(shares_NV * logs_NV).sum(-1)
    powers_NV = np.where(shares_NV > 0, shares_NV, 0) ** order if order else (shares_NV > 0).astype(np.float64)
    return np.log(powers_NV.sum(-1)) / (1 - order)


def _entropy(order: float) -> Callable[[Floats], Floats]:
    return lambda counts_NV: renyi_entropy(counts_NV, order)


def vocabulary_use(found: Sequence[NDArray[np.integer]], symbols: int) -> Estimate:
    """The share of `symbols` that occur in a text of as many documents as were `found`, each a set of ids.

    Resampling would lose rare symbols, so the interval is normal with the variance of Colwell, Mao & Chang (2004),
    equation 6: S (1 - S / S_est), S symbols seen, S_est Chao's estimate (1987, from the symbols of one document and of
    two) of how many there are to see, and no more than there are. n: documents.
    """
    documents = len(found)
    times_V = np.bincount(np.concatenate(found).astype(np.int64), minlength=symbols + 1)
    seen, once, twice = (int(each.sum()) for each in (times_V > 0, times_V == 1, times_V == 2))
    if documents < FEWEST_DOCUMENTS:
        return without_interval(seen / symbols, documents, f"{documents} documents: too few", LEVEL)
    unseen = (documents - 1) / documents * (once**2 / (2 * twice) if twice else once * (once - 1) / 2)
    spread = np.sqrt(seen * (1 - seen / min(seen + unseen, symbols)))
    low, high = (float(np.clip((seen + side * 1.96 * spread) / symbols, 0, 1)) for side in (-1, 1))
    return Estimate(seen / symbols, low, high, documents, "normal, Colwell's variance of a count of kinds", LEVEL)


def read_gold(path: str) -> list[tuple[str, ...]]:
    """Words and their gold splits: a line a word, its parts joined by `|` (`play|ed`); `#` begins a comment.

    Raises `UsageError` for a line without a split, with its number, and for a file without a word.
    """
    try:
        with Path(path).open(encoding="utf-8-sig") as lines:
            rows = [(number, line.split("#")[0].strip()) for number, line in enumerate(lines, 1)]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the gold splits {path} cannot be read: {error}") from None
    gold = []
    for number, row in rows:
        parts = tuple(part.strip() for part in row.split("|"))
        if row and (len(parts) < 2 or not all(parts)):
            raise UsageError(f"{path}, line {number}: a word and its split look like play|ed, got {row!r}")
        if row:
            gold.append(parts)
    if not gold:
        raise UsageError(f"{path} holds no word with its split, such as play|ed")
    return gold


def morph_score(tokenizer: Tokenizer, gold: Sequence[tuple[str, ...]]) -> tuple[Estimate | None, int]:
    """MorphScore over `gold` and how many words were skipped, being one token; None where all were.

    A word that is cut scores 1 if one of its cuts is a gold split, else 0. Bytes score 1: who cuts everywhere cuts
    there too; read it beside tokens per word. n: words that are cut.
    """
    words = [_normal(tokenizer, "".join(parts)) for parts in gold]
    scores = []
    for parts, (_, cuts) in zip(gold, cuts_of(tokenizer, words), strict=True):
        ends = np.cumsum([len(_normal(tokenizer, part).encode()) for part in parts])[:-1]
        if cuts:
            scores.append(bool(set(cuts) & set(ends.tolist())))
    return (clopper_pearson(sum(scores), len(scores)) if scores else None), len(gold) - len(scores)


def parity(tokenizer: Tokenizer, texts: Sequence[str], others: Sequence[str]) -> Estimate:
    """Tokens of `texts` by tokens of `others`, the same sentences in another language. n: pairs.

    1 means that both languages cost alike; Petrov et al. call it the tokenization premium.
    """
    counts_D, others_D = (_grouped([len(each) for each in tokenizer.encode_many(side)]) for side in (texts, others))
    return _ratio(counts_D, others_D, len(texts))


def cuts_of(tokenizer: Tokenizer, words: Sequence[str]) -> list[tuple[int, tuple[int, ...] | None]]:
    """Of each word, as it stands after a space: its tokens, the space's among them where that has one of its own, and
    the byte offsets where one ends inside it.

    The offsets are None where the pieces do not spell the word, as where a model lacks a character.
    """
    found: list[tuple[int, tuple[int, ...] | None]] = []
    for word, ids_T in zip(words, tokenizer.encode_many([f" {word}" for word in words]), strict=True):
        pieces = [tokenizer.pieces[identity] for identity in ids_T]
        raw, whole = word.encode(), b"".join(pieces)
        blank = len(whole) - len(whole.lstrip(b" "))
        if whole[blank:] != raw:
            found.append((max(1, len(pieces)), None))
            continue
        ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64) - blank
        found.append((len(pieces), tuple(int(end) for end in ends if 0 < end < len(raw))))
    return found


def _word_counts(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Floats]:
    """A row a document: words, their pieces, words cut in a cluster, words with a conjunct, those cut inside one."""
    counted = [Counter(words_of(_normal(tokenizer, text))) for text in texts]
    kinds = list(dict.fromkeys(word for counts in counted for word in counts))
    rows: dict[str, Floats] = {}
    for word, (pieces, cuts) in zip(kinds, cuts_of(tokenizer, kinds), strict=True):
        clusters, conjuncts = uncuttable(word)
        known = cuts is not None
        at = frozenset(cuts or ())
        rows[word] = np.array([1, pieces, bool(at & clusters), known and bool(conjuncts), bool(at & conjuncts)], float)
    nothing = np.zeros(5)
    return [sum((rows[word] * count for word, count in counts.items()), nothing) for counts in counted]


def _over_documents(counts_DK: Floats, statistic: Callable[[Floats], Floats], documents: int) -> Estimate:
    """A statistic of sums over documents, with the interval of the jackknife that leaves out a document at a time.

    Entropies of few documents lie too low; the jackknife's centre corrects that, and the interval also holds the value.
    """
    value, groups = float(statistic(counts_DK.sum(0, keepdims=True))[0]), len(counts_DK)
    if groups < FEWEST_DOCUMENTS:
        return without_interval(value, documents, f"{documents} documents: too few to leave one out", LEVEL)
    without_D = statistic(counts_DK.sum(0) - counts_DK)
    pseudo_D = groups * value - (groups - 1) * without_D
    centre, error = float(pseudo_D.mean()), float(pseudo_D.std(ddof=1)) / np.sqrt(groups)
    half_width = float(stdtrit(groups - 1, (1 + LEVEL) / 2)) * error
    low, high = float(min(centre - half_width, value)), float(max(centre + half_width, value))
    return Estimate(value, low, high, documents, "jackknife over documents, Student t", LEVEL)


def _ratio(above_D: Floats, below_D: Floats, documents: int) -> Estimate:
    """The sum of one by the sum of the other."""
    both_DK = np.stack([above_D, below_D], 1)
    return _over_documents(both_DK, lambda sums_NK: sums_NK[:, 0] / np.maximum(sums_NK[:, 1], 1e-9), documents)


def _share(above_D: Floats, below_D: Floats, documents: int) -> Estimate | None:
    """The same for a share; none of nothing. Where documents do not vary, as many words could have been otherwise."""
    some = below_D > 0
    if not some.any():
        return None
    found = _ratio(above_D[some], below_D[some], int(some.sum()) if some.sum() < MOST_GROUPS else documents)
    if not found.has_interval:
        return found
    if found.value in (0, 1) and found.low == found.high:
        exact = clopper_pearson(int(above_D.sum()), int(below_D.sum()))
        return replace(exact, n=found.n, method="exact binomial over words: no document differs")
    return replace(found, low=max(0.0, found.low), high=min(1.0, found.high))


def _grouped(values: Sequence) -> Floats:
    """One row a document, or the sums of MOST_GROUPS groups of them, dealt out in turn."""
    rows = np.asarray(values, np.float64) if len(values) <= MOST_GROUPS else None
    if rows is not None:
        return rows
    groups = np.zeros((MOST_GROUPS, *np.shape(values[0])))
    for number, value in enumerate(values):
        groups[number % MOST_GROUPS] += value
    return groups


def _normal(tokenizer: Tokenizer, text: str) -> str:
    form = tokenizer.config.normalise
    return text if form == "none" else unicodedata.normalize(form, text)
