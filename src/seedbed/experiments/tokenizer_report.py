"""The page that compares tokenizers: a table per corpus, a chart per measure, and what the numbers cannot show."""

from collections.abc import Callable, Sequence

import polars as pl

from seedbed.emergence import Estimate, format_estimate
from seedbed.experiments.tokenizer_comparison import Corpus, Row
from seedbed.reports import Figure, Lead, Report, Section, Table, interval_chart, led, row_of

_HOW = (
    "Tokenizers are learned from training documents and measured on held-out ones. Bytes per token: longer tokens "
    "mean fewer tokens per text; if decoding does not restore the text, tokens only appear long. Tokens per word: "
    "tokens of a word and the space before it (fertility). Symbols used: the share of the vocabulary that occurs in "
    "the held-out text. H: Renyi entropy of the tokens in nats, ln(sum p^a) / (1 - a), without the end of text. Cut "
    "clusters: the share of words that are split inside a grapheme cluster. Cut conjuncts: among words with "
    "consonants joined by a virama, the share that are split inside such a conjunct. Intervals: 95%, jackknife over "
    "the n held-out documents, which are assumed to be independent. MorphScore: the share of split words that have a "
    "split at the gold boundary (exact binomial, n words). Parity: the number of tokens divided by the number for the "
    "same sentences in the other language (n pairs)."
)
_LIMITS = (
    "None of these measures shows which tokenizer makes the best models; only bits per byte of models trained with "
    "equal compute do. Every measure depends on the vocabulary size, so compare tokenizers of the same size. On short "
    "texts a unigram tokenizer finds fewer symbols than were requested."
)
MEASURES: tuple[tuple[str, str, str, Callable[[Row], Estimate | None]], ...] = (
    ("bytes-a-token", "bytes per token", "", lambda row: row.fit.bytes_a_token),
    ("tokens-a-word", "tokens per word", "", lambda row: row.fit.tokens_a_word),
    ("cut-conjuncts", "words split inside a conjunct", "%", lambda row: row.fit.cut_conjuncts),
    ("morph-score", "MorphScore", "%", lambda row: row.morph),
    ("parity", "tokens divided by tokens of the other language", "", lambda row: row.parity),
)


def tokenizer_report(rows: Sequence[Row], corpora: Sequence[Corpus], provenance: dict) -> Report:
    """The page."""
    orders = list(rows[0].fit.renyi)
    sections = [
        Section(f"corpus-{number}", corpus.name, [_texts(corpus)], [_table(rows, corpus.name, orders)])
        for number, corpus in enumerate(corpora)
    ]
    figures = []
    measures = [*MEASURES]
    for order in orders:
        name = f"Renyi entropy of order {order:g} (nats)"
        measures.insert(-3, (f"renyi-{str(order).replace('.', '-')}", name, "", _renyi(order)))
    for identity, name, unit, of in measures:
        for number, corpus in enumerate(corpora):
            mine = [row for row in rows if row.corpus == corpus.name and of(row) is not None]
            if mine:
                figures.append(_figure(f"{identity}-{number}", f"{corpus.name}: {name}", mine, of, name, unit))
    sections.append(Section("charts", "Charts", (), figures))
    sections.insert(0, Section("how", "How to read it", [_HOW, _LIMITS], folded=True))
    names = ", ".join(corpus.name for corpus in corpora)
    report = Report("Tokenizers compared", names, _headline(rows, corpora), sections, provenance)
    picture = row_of(
        [("Text", "to learn from"), ("Tokenizer", "pieces"), ("Held-out text", "how many tokens?")],
        [("learnt",), ("cuts",)],
        "Tokenizers learn pieces from a text and cut another one into them.",
    )
    return led(report, Lead(answer(rows, corpora), picture=picture), figure="bytes-a-token-0")


def answer(rows: Sequence[Row], corpora: Sequence[Corpus]) -> str:
    """Which tokenizer has the longest tokens on each corpus, of those that lose no text, where intervals part."""
    said = []
    for corpus in corpora:
        mine = [row for row in rows if row.corpus == corpus.name and row.tokenizer.lossless]
        mine.sort(key=lambda row: -row.fit.bytes_a_token.value)
        if len(mine) < 2:
            continue
        first, second = (row.fit.bytes_a_token for row in mine[:2])
        clear = first.has_interval and second.has_interval and first.low > second.high
        shown = format_estimate(first, percent=False)
        word = "has" if clear else "has, not clearly ahead of the next,"
        said.append(f"on {corpus.name} {mine[0].label} {word} the longest tokens ({shown} bytes)")
    if not said:
        return "No two tokenizers that keep all of a text were compared on one."
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def frame_of(rows: Sequence[Row]) -> pl.DataFrame:
    """A row a tokenizer and corpus, each estimate as value, low and high."""
    return pl.DataFrame([plain(row) for row in rows], infer_schema_length=None)


def plain(row: Row) -> dict:
    """A row as a flat table has it."""
    fit = row.fit
    found: dict = {
        "corpus": row.corpus,
        "kind": row.kind,
        "size": row.size or None,
        "learnt_from": row.learnt_from or None,
        "vocabulary": row.tokenizer.vocabulary,
        "fingerprint": row.tokenizer.fingerprint,
        "lossless": row.tokenizer.lossless,
        "documents": fit.documents,
        "tokens": fit.tokens,
        "unknown_tokens": fit.unknown,
    }
    estimates = {
        "bytes_a_token": fit.bytes_a_token,
        "characters_a_token": fit.characters_a_token,
        "tokens_a_word": fit.tokens_a_word,
        "vocabulary_use": fit.vocabulary_use,
        **{f"renyi_{order:g}": estimate for order, estimate in fit.renyi.items()},
        "cut_clusters": fit.cut_clusters,
        "cut_conjuncts": fit.cut_conjuncts,
        "morph_score": row.morph,
        "parity": row.parity,
    }
    for name, estimate in estimates.items():
        ends = (estimate.low, estimate.high) if estimate is not None and estimate.has_interval else (None, None)
        found |= {name: None if estimate is None else estimate.value, f"{name}_low": ends[0], f"{name}_high": ends[1]}
        found[f"{name}_n"] = None if estimate is None else estimate.n
    return found


def _table(rows: Sequence[Row], corpus: str, orders: Sequence[float]) -> Table:
    mine = [row for row in rows if row.corpus == corpus]
    judged, paired = any(row.morph is not None for row in mine), any(row.parity is not None for row in mine)
    columns = ["tokenizer", "learned from", "symbols", "bytes per token", "characters per token", "tokens per word"]
    columns += ["symbols used", *(f"H {order:g}" for order in orders), "cut clusters", "cut conjuncts"]
    columns += ["MorphScore"] * judged + ["parity"] * paired + ["text restored"]
    cells = []
    for row in mine:
        fit = row.fit
        cells.append(
            [
                row.kind,
                row.learnt_from or "nothing",
                row.tokenizer.vocabulary,
                _shown(fit.bytes_a_token),
                _shown(fit.characters_a_token),
                _shown(fit.tokens_a_word),
                _shown(fit.vocabulary_use, percent=True),
                *(_shown(fit.renyi[order]) for order in orders),
                _shown(fit.cut_clusters, percent=True),
                _shown(fit.cut_conjuncts, percent=True),
                *[_shown(row.morph, percent=True)] * judged,
                *[_shown(row.parity)] * paired,
                _comes_back(row),
            ]
        )
    return Table(f"Tokenizers on {corpus}", columns, cells)


def _comes_back(row: Row) -> str:
    lost = f", {row.fit.unknown:,} unknown tokens" if row.fit.unknown else ""
    if row.tokenizer.lossless:
        return "yes"
    spaces = row.tokenizer.config.pretokenizer == "whitespace"
    return ("no, white space is dropped" if spaces else "no, some characters or spaces are lost") + lost


def _figure(
    identity: str, title: str, rows: Sequence[Row], of: Callable[[Row], Estimate | None], name: str, unit: str
) -> Figure:
    scale = 100 if unit else 1
    found = [(row, estimate) for row in rows if (estimate := of(row)) is not None]
    data = pl.DataFrame(
        {
            "tokenizer": [row.label for row, _ in found],
            "value": [estimate.value * scale for _, estimate in found],
            "low": [estimate.low * scale for _, estimate in found],
            "high": [estimate.high * scale for _, estimate in found],
            "n": [estimate.n for _, estimate in found],
        }
    )
    title_x = f"{name} ({unit})" if unit else name
    chart = interval_chart(data, label="tokenizer", value="value", low="low", high="high", title_x=title_x)
    n = ", ".join(dict.fromkeys(f"{estimate.n:,}" for _, estimate in found))
    return Figure(identity, title, chart, f"n = {n}; bars are 95% intervals.", data)


def _headline(rows: Sequence[Row], corpora: Sequence[Corpus]) -> list[str]:
    """Of each corpus, which tokenizer has the longest and which the shortest tokens, of those that lose no text:
    dropped white space would make tokens look longer than they are.
    """
    said = []
    for corpus in corpora:
        mine = [row for row in rows if row.corpus == corpus.name and row.tokenizer.lossless]
        if not mine:
            said.append(f"{corpus.name}: every tokenizer drops text, so the lengths of their tokens are not compared.")
            continue
        mine.sort(key=lambda row: -row.fit.bytes_a_token.value)
        longest, shortest = mine[0], mine[-1]
        said.append(
            f"{corpus.name}: from {format_estimate(shortest.fit.bytes_a_token, percent=False)} bytes per token "
            f"({shortest.label}) to {format_estimate(longest.fit.bytes_a_token, percent=False)} ({longest.label})."
        )
    return said


def _texts(corpus: Corpus) -> str:
    held = sum(len(text.encode()) for text in corpus.held_out)
    return (
        f"Learned from {len(corpus.train):,} documents with {corpus.train_bytes:,} bytes and measured on "
        f"{len(corpus.held_out):,} documents with {held:,} bytes."
    )


def _shown(estimate: Estimate | None, *, percent: bool = False) -> str | None:
    return None if estimate is None else format_estimate(estimate, percent=percent)


def _renyi(order: float) -> Callable[[Row], Estimate | None]:
    return lambda row: row.fit.renyi[order]
