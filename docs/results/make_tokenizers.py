"""Compare tokenizers on children's stories in Hindi, Marathi, Bengali and English: docs/results/tokenizers.md.

usage: python docs/results/make_tokenizers.py DATA

DATA holds pratham-stories and tatoeba-indic; about five minutes on two cores. A quarter of the documents is held out.
"""

import shutil
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from seedbed.emergence import format_estimate
from seedbed.experiments.tokenizer_comparison import ALL, OWN, Comparison, Row, compare, read_corpora
from seedbed.experiments.tokenizer_report import frame_of, tokenizer_report
from seedbed.reports import Section, Table, render_markdown, save_chart

HERE = Path(__file__).parent
SIZES = (1024, 4096)
NAMES = {"hi": "Hindi", "bn": "Bengali", "mr": "Marathi"}
# Patil et al. (2025), arXiv 2504.07989: Renyi entropy of order 2.5 in nats, of SUTRA's and Sarvam's tokenizers.
PUBLISHED = {"hi": (7.153, 6.285), "bn": (7.414, 6.358), "mr": (7.762, 6.545)}
DRAWN = ("bytes-a-token", "tokens-a-word", "renyi-2-5", "cut-conjuncts")
ABSENT = (
    "There is no MorphScore, because it needs a file of gold segmentations (`--gold`) and none came with these texts. "
    "Bengali has about a quarter of the text of the other languages (171 KB against 621 to 735 KB). Its own tokenizer "
    "therefore knows fewer of its words, its intervals are based on few documents, and a tokenizer learned from all "
    "corpora together sees little of it. Entropies and splits of tokenizers that were learned from different amounts "
    "of text do not only reflect the languages."
)
BESIDE = (
    "Patil et al. (2025) report the Renyi entropy (a = 2.5) of two large multilingual tokenizers on their "
    "own stories. Their numbers cannot be reproduced here, because SUTRA has 256,064 symbols and Sarvam "
    "68,096, and the text is different. At order 2.5 the few commonest tokens dominate: these stories end a line "
    "after nearly every sentence, and a unigram tokenizer has a separate token for the space, which lowers its "
    "entropy. Only the order of the languages can be compared with theirs, which is Marathi above Bengali above Hindi."
)


def found_in(rows: list[Row], corpus: str, kind: str, learnt_from: str) -> Row:
    """The row of a tokenizer of the largest size."""
    wanted = (corpus, kind, SIZES[-1], learnt_from)
    (found,) = [row for row in rows if (row.corpus, row.kind, row.size, row.learnt_from) == wanted]
    return found


def _share(row: Row) -> str:
    assert row.fit.cut_conjuncts is not None, f"no conjunct in {row.corpus}"
    return format_estimate(row.fit.cut_conjuncts)


def order_sentence(rows: list[Row]) -> str:
    """The languages by the entropy of their own tokenizers, highest first."""
    said = []
    for kind in ("unigram", "bpe"):
        found = {name: found_in(rows, code, kind, OWN).fit.renyi[2.5] for code, name in NAMES.items()}
        falling = sorted(found.items(), key=lambda each: -each[1].value)
        ranked = ", ".join(f"{name} {format_estimate(value, percent=False)}" for name, value in falling)
        said.append(f"{kind} {ranked}")
    return f"In our measurement, with each language's own tokenizer of {SIZES[-1]:,} symbols: {'; '.join(said)}."


def cut_sentence(rows: list[Row], code: str) -> str:
    """How many words with a conjunct each tokenizer of a language cuts inside it."""
    shares = [
        f"{called} {_share(found_in(rows, code, kind, learnt_from))}"
        for kind, learnt_from, called in [
            ("unigram", OWN, "own unigram"),
            ("bpe", OWN, "own BPE"),
            ("bpe", ALL, "multilingual BPE"),
            ("bpe", "en", "English BPE"),
        ]
    ]
    return (
        f"{NAMES[code]}, {SIZES[-1]:,} symbols: share of words with a conjunct that are split inside it: "
        f"{', '.join(shares)}."
    )


def published_table(rows: list[Row]) -> Table:
    """Their entropies and ours at the largest size."""

    def shown(corpus: str, kind: str, learnt_from: str) -> str:
        """Marked where so little text gave fewer symbols than were asked for."""
        row = found_in(rows, corpus, kind, learnt_from)
        fewer = f"; {row.tokenizer.vocabulary:,} symbols" if row.tokenizer.vocabulary < SIZES[-1] else ""
        return format_estimate(row.fit.renyi[2.5], percent=False) + fewer

    cells = [
        [NAMES[code], *PUBLISHED[code], shown(code, "bpe", OWN), shown(code, "unigram", OWN), shown(code, "bpe", ALL)]
        for code in NAMES
    ]
    columns = ["language", "SUTRA, theirs", "Sarvam, theirs", "own BPE", "own unigram", "multilingual BPE"]
    return Table(
        f"Renyi entropy of order 2.5, nats; our tokenizers have {SIZES[-1]:,} symbols unless stated otherwise",
        columns,
        cells,
    )


def main(data: Path) -> None:
    """Learn, measure, write the page, its charts and its table."""
    stories, pairs = data / "pratham-stories", data / "tatoeba-indic"
    comparison = Comparison(
        corpora=tuple((code, str(stories / f"pb-{code}.txt")) for code in ("hi", "mr", "bn", "en")),
        kinds=("byte", "bpe", "unigram"),
        sizes=SIZES,
        orders=(1.0, 2.5),
        general="en",
        held_out=0.25,
        parallel=tuple(
            (code, str(pairs / f"eng-{name}.tsv")) for code, name in {"hi": "hin", "mr": "mar", "bn": "ben"}.items()
        ),
    )
    corpora = read_corpora(comparison)
    rows = list(compare(comparison, corpora))
    libraries = ", ".join(f"{name} {version(name)}" for name in ("tokenizers", "sentencepiece", "numpy"))
    provenance = {"command": "python docs/results/make_tokenizers.py DATA", "versions": libraries}
    report = tokenizer_report(rows, corpora, provenance)
    how, *tables, charts = report.sections
    drawn = [figure for figure in charts.items if figure.id.rpartition("-")[0] in DRAWN]
    beside = Section(
        "published", "Comparison with the published entropies", [BESIDE, order_sentence(rows)], [published_table(rows)]
    )
    how = replace(how, text=[*how.text, ABSENT])
    said = [*report.headline, *(cut_sentence(rows, code) for code in NAMES)]
    report = replace(report, headline=said, sections=[how, *tables, beside, replace(charts, items=drawn)])
    folder = HERE / "tokenizers"
    shutil.rmtree(folder, ignore_errors=True)
    for figure in report.figures():
        save_chart(figure.chart, folder / f"{figure.id}.svg")
    frame_of(rows).write_csv(folder / "tokenizers.csv", float_precision=5)
    (HERE / "tokenizers.md").write_text(render_markdown(report, "tokenizers"), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
