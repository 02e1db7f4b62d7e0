"""Answers as text beside what they should have been: exact match, and credit for an answer that is nearly right.

Words are what stands between white space; case counts. Sources: `seedbed.emergence.partial_credit`; Post (2018), WMT
(sacrebleu, for BLEU of Papineni et al. 2002); Lin (2004), Text Summarization Branches Out (ROUGE-L).
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.emergence.partial_credit import edit_score, per_word_score

Score = Callable[[list[str], list[str]], float]


@dataclass(frozen=True)
class Graded:
    """A row each: whether the answer is exactly right, 1 or 0; partial: other scores in [0, 1] by name."""

    exact: pl.Series
    partial: dict[str, pl.Series]
    warnings: tuple[str, ...]


def graded_answers(frame: pl.DataFrame, answer: str, reference: str) -> Graded:
    """Every row's answer held against its reference, in words.

    Scores: `words in place` and `edit score`; with the extra `text` installed also `sentence BLEU` and `ROUGE-L` (F1),
    else a warning. A missing answer is an empty one, which is wrong, with a warning. Raises UsageError for a column
    that is not there or holds no text or numbers, and for a reference without a word, naming its row.
    """
    pairs = pl.DataFrame({"answer": _texts(frame, answer), "reference": _texts(frame, reference)})
    empty = pairs["reference"].str.strip_chars() == ""
    if empty.any():
        raise UsageError(
            f"column {reference!r} is empty in row {(empty.arg_max() or 0) + 1} ({empty.sum()} such rows of "
            f"{frame.height}), expected the right answer of at least one word"
        )
    unanswered = int((pairs["answer"].str.strip_chars() == "").sum())
    warnings = [f"{unanswered} of {frame.height} answers are empty and count as wrong"] if unanswered else []
    scores: dict[str, Score] = {"words in place": per_word_score, "edit score": _edit_score}
    try:
        scores |= {"sentence BLEU": _sentence_bleu(), "ROUGE-L": _rouge_l()}
    except ImportError as error:
        warnings.append(
            f"BLEU and ROUGE are not computed ({error.name} is not installed): pip install 'seedbed[text]' adds them"
        )
    once = pairs.unique(maintain_order=True)  # the same answer comes again and again as a model stops learning
    words = [(given.split(), right.split()) for given, right in once.iter_rows()]
    graded = once.with_columns(
        pl.Series("exact", [float(given == right) for given, right in words]),
        *(pl.Series(f"partial {name}", [score(*each) for each in words]) for name, score in scores.items()),
    )
    rows = pairs.join(graded, on=["answer", "reference"], how="left", maintain_order="left")
    return Graded(rows["exact"], {name: rows[f"partial {name}"] for name in scores}, tuple(warnings))


def mean_over_items(tidy: pl.DataFrame) -> pl.DataFrame:
    """Rows that are one test item each become one row for each (task, group, scale); a gap stays one."""
    keys = ["task", "group", "scale"]
    values = [name for name in tidy.columns if name not in (*keys, "row")]
    return tidy.group_by(keys, maintain_order=True).agg(
        pl.col("row").first(), pl.col(values).fill_null(float("nan")).mean(), pl.len().cast(pl.Float64).alias("items")
    )


def _texts(frame: pl.DataFrame, name: str) -> pl.Series:
    if name not in frame.columns:
        raise unknown_name("column", name, frame.columns)
    if not (frame[name].dtype in (pl.String, pl.Null) or frame[name].dtype.is_numeric()):
        raise UsageError(f"column {name!r} holds {frame[name].dtype}, expected text")
    return frame[name].cast(pl.String).fill_null("")


def _edit_score(answer: list[str], reference: list[str]) -> float:
    """Of words; of characters where the reference is one word, as a number's digits can be partly right."""
    if len(reference) == 1:
        return edit_score(" ".join(answer), reference[0])
    return edit_score(answer, reference)


def _sentence_bleu() -> Score:
    """sacrebleu's defaults for one sentence: 13a tokens, exponential smoothing, no n-gram longer than the answer."""
    from sacrebleu.metrics.bleu import BLEU

    bleu = BLEU(effective_order=True)

    def score(answer: list[str], reference: list[str]) -> float:
        return min(1.0, bleu.sentence_score(" ".join(answer), [" ".join(reference)]).score / 100)

    return score


def _rouge_l() -> Score:
    """F1 of the longest common subsequence of words. The package's own words would lose all letters but a to z."""
    from rouge_score.rouge_scorer import RougeScorer
    from rouge_score.tokenizers import Tokenizer

    class Words(Tokenizer):
        """As all other scores have them."""

        def tokenize(self, text: str) -> list[str]:
            return text.split()

    scorer = RougeScorer(["rougeL"], tokenizer=Words())

    def score(answer: list[str], reference: list[str]) -> float:
        return float(scorer.score(" ".join(reference), " ".join(answer))["rougeL"].fmeasure)

    return score
