"""Report what emerged in a table of scores (CSV, TSV, Parquet, JSONL) or in a run: verdicts per task, with evidence.

The table has a row for each seed and evaluation, with a scale that grows (steps, tokens, FLOPs, parameters) or falls
(a loss) and a score in [0, 1]. Two optional columns make verdicts sharper: the score of guessing (--chance) and the
number of test items behind a score (--items). To find out whether the metric made the jump, add the number of tokens of
an answer (--length), together with the mean log-likelihood per token of right answers (--log-likelihood) or the mean
probability of the whole right answer (--answer-probability), and other scores of the same answers (--partial word_score
bleu, --partial-falling brier). Chance, items and length are each a number or the name of a column.

A table may also contain the answers themselves: --answer and --reference name columns of text, and each row is then one
test item. Scores are means over the items at each point of the scale, and the audit counts these items. If there is no
column of scores, the score is exact match. The audit also computes partial credit: words in place, edit score and,
after pip install 'seedbed[text]', BLEU and ROUGE-L.

A run has the scales step, tokens, flops and loss and needs no other options. With --scale parameters, the audit judges
the final evaluations of members of several sizes, one curve per seed.

The audit writes a folder with report.html, verdicts.csv, evidence.csv and charts. Warnings say what the table lacks,
and the verdicts repeat them. docs/statistics.md explains every number and every rule.
"""

from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.cli import output
from seedbed.cli.flags import positional

if TYPE_CHECKING:
    from seedbed.experiments.audit import Audit
    from seedbed.experiments.comparisons import Comparison


@dataclass(frozen=True)
class Arguments:
    """scores: files or globs of tables, logs or results, or a run folder.  scale: column of the scale.  score: column
    of the scores.  group: column of the seeds; by default `seed`.  by: columns whose values are judged separately; by
    default `task`.  chance: score of guessing.  items: number of test items behind a score; `rows` means that each row
    is one item.  length: number of tokens of an answer.  log_likelihood: column of log-likelihoods, in nats per token.
    answer_probability: column of the probability of the whole right answer.  partial: columns of partial credit.
    partial_falling: the same, for scores of which lower is better.  answer: column of answers as text; each row is then
    one test item.  reference: column of the right answers.  percent: scores are percentages.  falling: whether the
    scale falls as models get better.  threshold: score that defines an onset.  persistence: number of consecutive
    evaluations that must reach the threshold.  sharp_width: width in decades below which a rise counts as sharp.
    compare: a table's column of conditions to compare in pairs, separately for each value of --by; the conditions of a
    run are always compared.  duplicates: how to treat several rows for the same task, seed and point of the scale:
    refuse, mean or last.  decimal: the decimal separator, point or comma, if the columns do not determine it.
    lower_is_better: whether the score is a loss or an error; by default its name decides.  wide: what the columns of a
    wide table are: seeds, tasks or runs; by default their names decide.  all_scores: judge every column of scores, each
    as a task.  out: folder to write; by default <scores>-audit.  json: print one JSON value; infinity is written as
    "Infinity", missing interval ends as null, and an onset beyond the last evaluation as "Infinity", or 0 on a falling
    scale.
    """

    scores: tuple[str, ...] = positional()
    scale: str = "step"
    score: str = "score"
    group: str | None = None
    by: tuple[str, ...] = ()
    chance: str | None = None
    items: str | None = None
    length: str | None = None
    log_likelihood: str | None = None
    answer_probability: str | None = None
    partial: tuple[str, ...] = ()
    partial_falling: tuple[str, ...] = ()
    answer: str | None = None
    reference: str | None = None
    percent: bool = False
    falling: bool | None = None
    threshold: float = 0.5
    persistence: int = 2
    sharp_width: float | None = None
    compare: str | None = None
    duplicates: str = "refuse"
    decimal: str | None = None
    lower_is_better: bool | None = None
    wide: str | None = None
    all_scores: bool = False
    out: str | None = None
    json: bool = False


def execute(arguments: Arguments) -> int:
    """Print the verdicts and write the folder."""
    from contextlib import nullcontext, suppress
    from dataclasses import asdict

    from seedbed.config import SeedbedError, UsageError
    from seedbed.experiments.any_scores import is_run, scores_of
    from seedbed.experiments.audit import Rules, audit
    from seedbed.experiments.audit_report import evidence_lines
    from seedbed.experiments.comparisons import compare_conditions, too_many_to_compare, words_of
    from seedbed.store.atomic import FailedToWrite
    from seedbed.store.score_table import Columns

    def given(text: str | None) -> str | float | None:
        """A number, or the name of a column."""
        try:
            return None if text is None else float(text)
        except ValueError:
            return text

    rules = Rules(arguments.threshold, arguments.persistence, arguments.sharp_width)
    if arguments.out == "":
        raise UsageError("--out is empty: name a folder, or omit the option")
    by = (arguments.compare, *arguments.by) if arguments.compare else arguments.by
    columns = Columns(
        scale=arguments.scale,
        score=arguments.score,
        group=arguments.group,
        by=by,
        chance=given(arguments.chance),
        items=given(arguments.items),  # type: ignore[arg-type]
        length=given(arguments.length),  # type: ignore[arg-type]
        log_likelihood=arguments.log_likelihood,
        answer_probability=arguments.answer_probability,
        partial=arguments.partial,
        partial_falling=arguments.partial_falling,
        percent=arguments.percent,
        falling=arguments.falling,
        answer=arguments.answer,
        reference=arguments.reference,
        duplicates=arguments.duplicates,
        decimal=arguments.decimal,
        lower_is_better=arguments.lower_is_better,
        wide=arguments.wide,
        all_scores=arguments.all_scores,
    )
    of_run = len(arguments.scores) == 1 and is_run(Path(arguments.scores[0]))
    if arguments.compare and of_run:
        raise UsageError("the conditions of a run are always compared: omit --compare")
    found = audit(scores_of(arguments.scores, columns), rules)
    compared = ()
    if arguments.compare or of_run:
        with nullcontext() if arguments.compare else suppress(UsageError):  # a run need not have conditions to compare
            compared = compare_conditions(found)
    folder = Path(arguments.out) if arguments.out else _beside(arguments.scores)
    try:
        written = _write(found, folder, compared)
    except FailedToWrite as failed:
        raise SeedbedError(
            f"{failed.fault}. {failed.remedy} and give the same command again, which repeats the whole audit, or name "
            "another folder with --out"
        ) from failed
    if arguments.json:
        output.write_json({**plain(found), "compared": [asdict(each) for each in compared], "report": str(written)})
    else:
        for task in found.tasks:
            output.write(f"{task.task}: {task.words} ({task.counted})")
            for line in evidence_lines(task, found.table.scale_name, found.rules):
                output.write(f"  {line}")
            for caveat in task.caveats:
                output.write(f"  but: {caveat}")
        for loss in found.losses:
            output.write(f"{loss.task}: {loss.words} ({loss.counted})")
        for each in compared:
            p = "" if each.p is None else f", log-rank p = {each.p:.2g}"
            of = f"{each.task}: " if each.task else ""
            output.write(f"{of}{each.first} against {each.second}: ratio of onsets {words_of(each)}{p}")
        if of_run and (crowded := too_many_to_compare(found)):
            output.write(f"not compared: {crowded}")
        for warning in found.warnings:
            output.write(f"warning: {warning}")
        for line in found.table.read:
            output.write(f"read: {line}")
        output.write(f"report: {written}")
    return 0


def _beside(scores: tuple[str, ...]) -> Path:
    """The folder of an audit: beside one file or folder and called after it, or after the folder of several."""
    first = Path(scores[0])
    if len(scores) == 1 and not has_magic(scores[0]):
        return first.with_name(f"{first.stem}-audit")
    folder = first.parent
    while has_magic(str(folder)):
        folder = folder.parent
    return folder.with_name(f"{folder.name}-audit") if folder.name else Path("scores-audit")


def plain(found: "Audit") -> dict:
    """The audit as JSON has it: numbers in the table's own scale, estimates as value, low, high, n."""
    from dataclasses import asdict

    tasks = []
    for task in found.tasks:
        verdict = task.verdict
        tasks.append(
            {
                "task": task.task,
                "verdict": task.words,
                "word": verdict.word if verdict else task.words,
                "emerges_at": asdict(task.curves.in_table(verdict.onset)) if verdict and verdict.onset else None,
                "onset": asdict(task.curves.in_table(task.onset)) if task.onset else None,
                "seeds": task.seeds,
                "points": task.points,
                "items": task.curves.items,
                "chance": task.curves.chance,
                "rose_sharply": asdict(verdict.emerged) if verdict else None,
                "p_above": verdict.p_above if verdict else None,
                "p_sharp": verdict.p_sharp if verdict else None,
                "p_smooth": verdict.p_smooth if verdict else None,
                "success": asdict(task.final.success) if task.final else None,
                "two_kinds_of_seeds": task.final.two_kinds if task.final else None,
                "p_one_hump": task.final.dip.p if task.final and task.final.dip else None,
                "breakthroughness": asdict(task.breakthroughness) if task.breakthroughness else None,
                "linearity": asdict(task.linearity) if task.linearity else None,
                "p_breakthrough": task.p_breakthrough,
                "p_linear": task.p_linear,
                "width_decades": asdict(task.width) if task.width else None,
                "shapes": task.shapes,
                "shaped_seeds": sum(task.shapes.values()),
                "mirage": str(task.mirage) if task.mirage else None,
                "jump_left": {name: asdict(left) for name, left in task.mirage.left.items()} if task.mirage else {},
                "mirage_caveats": list(task.mirage.caveats) if task.mirage else [],
                "sharp_width_decades": task.sharp_width,
                "caveats": list(task.caveats),
                "failed": task.failed,
            }
        )
    losses = [asdict(loss) for loss in found.losses]
    return {
        "tasks": tasks,
        "lower_is_better": losses,
        "warnings": list(found.warnings),
        "read": list(found.table.read),
    }


def _write(found: "Audit", folder: Path, compared: tuple["Comparison", ...]) -> Path:
    """The audit's files, each made whole and renamed into place; whatever else lies in the folder stays.

    A comparison that an earlier audit left goes, where this one makes none.
    """
    import polars as pl

    from seedbed.config import UsageError
    from seedbed.experiments.audit_report import (
        audit_report,
        evidence_table,
        mirage_table,
        smoother_table,
        verdict_table,
    )
    from seedbed.experiments.comparisons import comparison_table
    from seedbed.reports import write_report
    from seedbed.store.atomic import remove_file, write_file

    if folder.exists() and not (folder / "verdicts.csv").exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} exists and is not an audit: nothing was overwritten; name another folder with --out"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be created ({error.strerror}): name another folder with --out") from error
    report = audit_report(found, (comparison_table(compared),) if compared else ())
    for figure in report.figures():
        write_file(folder / f"{figure.id}.svg", figure.svg.encode())
    tables = {"evidence": evidence_table(found), "verdicts": verdict_table(found)}
    if any(task.mirage for task in found.tasks):
        tables |= {"mirage": mirage_table(found), "smoother": smoother_table(found)}
    if compared:
        tables["compared"] = comparison_table(compared)
    else:
        remove_file(folder / "compared.csv")
    for name, table in tables.items():
        frame = pl.DataFrame([list(row) for row in table.rows], schema=list(table.columns), orient="row")
        write_file(folder / f"{name}.csv", frame.write_csv().encode())
    return write_report(report, folder / "report.html")
