"""The first page of an audit: its answer in a sentence, what was judged as a drawing, and the curves."""

from collections.abc import Sequence

from seedbed.experiments.audit import Audit, TaskAudit
from seedbed.experiments.audit_figures import curves_figure, spans_decades
from seedbed.experiments.onset_words import shown_onset
from seedbed.reports import LEAD_HEIGHT, Diagram, Lead, row_of

NAMED = 3  # tasks of one verdict that the sentence names
WORDS = {  # of one task, and of several
    "emerges": ("emerges", "emerge"),
    "emerges, unstable": ("emerges, but not stably", "emerge, but not stably"),
    "rises in two steps": ("rises in two steps", "rise in two steps"),
    "improves smoothly": ("improves smoothly", "improve smoothly"),
    "rises and is lost": ("rises and is lost again", "rise and are lost again"),
    "falls and rises again": ("falls and rises again", "fall and rise again"),
    "gets worse with scale": ("gets worse with scale", "get worse with scale"),
    "never leaves chance": ("never leaves chance", "never leave chance"),
    "stays below chance": ("stays below chance", "stay below chance"),
    "too little data to say": ("cannot be judged", "cannot be judged"),
}
FEW_SEEDS = 3  # below which no verdict over seeds is safe


def audit_lead(audit: Audit) -> Lead:
    """The lead of an audit's page; without a figure where no task could be judged."""
    figure = None
    if audit.tasks:
        figure = curves_figure(audit, x_log=spans_decades(audit.tasks), height=LEAD_HEIGHT)
    return Lead(audit_answer(audit), _cautions(audit), _picture(audit), figure=figure)


def audit_answer(audit: Audit) -> str:
    """What emerged, in one sentence, whatever it is."""
    if not audit.tasks:
        count = len(audit.losses)
        return f"Nothing can be judged: of {'the one score' if count == 1 else f'all {count} scores'} less is better."
    if len(audit.tasks) == 1:
        return _of_one(audit.tasks[0], audit)
    found: dict[str, list[TaskAudit]] = {}
    for task in audit.tasks:
        found.setdefault(_word(task), []).append(task)
    parts = [_of_several(found[word], many if len(found[word]) > 1 else one)
             for word, (one, many) in WORDS.items() if word in found]  # fmt: skip
    return f"Of {len(audit.tasks)} tasks {'; '.join(parts)}."


def _word(task: TaskAudit) -> str:
    word = "" if task.verdict is None else task.verdict.word
    return word if word in WORDS else "too little data to say"


def _of_one(task: TaskAudit, audit: Audit) -> str:
    word = _word(task)
    if word == "too little data to say":
        why = f": {task.caveats[0]}" if task.caveats else ""
        return f"Whether {task.task} emerges cannot be told from these data{why}."
    height = f", {task.verdict.height}" if task.verdict and task.verdict.height else ""
    if task.verdict is None or not task.verdict.emerges:
        return f"{task.task} {WORDS[word][0]}{height} ({task.counted})."
    onset = ""
    if task.onset is not None and task.emerged:
        place = shown_onset(task.curves.in_table(task.onset), falling=task.curves.falling)
        onset = f", and reaches {100 * audit.rules.threshold:g}% at {audit.table.scale_name} {place}"
    metric = task.mirage is not None and str(task.mirage) == "explained by the metric"
    explained = ", but the metric explains the jump" if metric else ""
    return f"{task.task} {WORDS[word][0]} {task.counted}{height}{onset}{explained}."


def _of_several(tasks: Sequence[TaskAudit], words: str) -> str:
    names = [f"`{task.task}`" for task in tasks[:NAMED]]
    if len(tasks) > NAMED:
        names.append(f"{len(tasks) - NAMED} more")
    return f"{len(tasks)} {words} ({', '.join(names)})"


def _cautions(audit: Audit) -> list[str]:
    """What a reader must know before the verdict: few seeds, and scores that still rise where the runs end."""
    few = [task for task in audit.tasks if task.seeds < FEW_SEEDS]
    said = [f"{_named(few)} {_has(few)} fewer than {FEW_SEEDS} seeds: others may answer differently."] if few else []
    rising = [task for task in audit.tasks if any("still rising" in each for each in task.caveats)]
    return [*said, *([f"{_named(rising)}: scores still rise where the runs end."] if rising else [])]


def _named(tasks: Sequence[TaskAudit]) -> str:
    return f"{len(tasks)} tasks" if len(tasks) > 1 else f"`{tasks[0].task}`"


def _has(tasks: Sequence[TaskAudit]) -> str:
    return "have" if len(tasks) > 1 else "has"


def _picture(audit: Audit) -> Diagram:
    seeds = [task.seeds for task in audit.tasks] or [each.seeds for each in audit.losses]
    count = f"{min(seeds)}" if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)}"
    tasks = len(audit.tasks) + len(audit.losses)
    boxes = [
        ("Scores", f"{tasks} task{'s' * (tasks > 1)}"),
        ("Curves", f"{count} {audit.table.unit}{'s' * (count != '1')} a task"),
        ("Verdict", "a jump, a slope, none"),
    ]
    arrows = [(f"by {audit.table.scale_name}"[:20],), ("judged",)]
    seen = (
        f"{tasks} tasks of {count} {audit.table.unit}s become curves over {audit.table.scale_name}, and each task gets "
        "a verdict."
    )
    return row_of(boxes, arrows, seen)
