"""Tables of scores as people have them: notations, duplicates, shapes and logs of other tools."""

from pathlib import Path

from error_cases.harness import case


def audited(t, name: str, text: str, *words):
    """`seedbed audit` of a file that is written first."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return t.seedbed("audit", name, *words)


@case("table-open-comma", 2, "holds '1,000' in row 1, which may be a thousand .*: use --decimal point", changes=True)
def open_comma(t):
    return audited(t, "t.csv", 'step,score\n"1,000",0\n"2,000",1\n')


@case(
    "table-both-decimals",
    2,
    "holds '0.5' in row 2, which is not a number with a decimal comma: write it with one",
    changes=True,
)
def both_decimals(t):
    return audited(t, "t.csv", 'step,score\n1,"0,5"\n2,0.5\n')


@case("table-decimal", 2, "--decimal is 'dot', expected point or comma", changes=True)
def decimal(t):
    return audited(t, "t.csv", "step,score\n1,0\n", "--decimal", "dot")


@case(
    "table-two-names",
    2,
    "'step1' in row 1 and 'epoch2' in row 2: expected the same name before all numbers",
    changes=True,
)
def two_names(t):
    return audited(t, "t.csv", "step,score\nstep1,0\nepoch2,1\n")


@case("table-some-percent", 2, "'41%' in row 1 and 0.5 without a percent sign", changes=True)
def some_percent(t):
    return audited(t, "t.csv", "step,score\n1,41%\n2,0.5\n")


@case("table-no-number", 2, "column 'score' holds 'high' in row 2 .1 such values of 2., expected numbers", changes=True)
def no_number(t):
    return audited(t, "t.csv", "step,score\n1,0\n2,high\n")


@case("table-twice", 2, "2 rows that differ in score .* .rows 1, 2.: .*--duplicates mean, or last", changes=True)
def twice(t):
    return audited(t, "t.csv", "step,score\n1,0\n1,1\n")


@case("table-duplicates", 2, "--duplicates is 'first', expected refuse, mean, last", changes=True)
def duplicates(t):
    return audited(t, "t.csv", "step,score\n1,0\n", "--duplicates", "first")


@case(
    "table-truth",
    2,
    "column 'score' holds Boolean, expected numbers; if each row is one item, use --items rows",
    changes=True,
)
def truth(t):
    return audited(t, "t.csv", "step,score\n1,true\n2,false\n")


@case("table-wide", 2, "--wide is 'columns', expected seeds, tasks, runs", changes=True)
def wide(t):
    return audited(t, "t.csv", "step,a,b\n1,0,0\n", "--wide", "columns")


@case("table-no-glob", 2, "no file matches this pattern")
def no_glob(t):
    return t.seedbed("audit", "none/*.csv")


@case("table-files-differ", 2, "two.csv: has no column 'score', although other files have it", changes=True)
def files_differ(t):
    Path("one.csv").write_text("step,score\n1,0\n")
    return audited(t, "two.csv", "step,acc\n1,0\n", "--chance", "0", "--out", "x", "--", "one.csv")


@case("table-which-score", 2, "the log has 2 scores: name one with --score, or use --all-scores: a, b", changes=True)
def which_score(t):
    return audited(t, "trainer_state.json", '{"log_history": [{"step": 1, "a": 0.5, "b": 0.5}]}')


@case("table-no-history", 2, "expected a log_history of objects", changes=True)
def no_history(t):
    return audited(t, "trainer_state.json", '{"log_history": 5}')


@case("table-bad-json", 2, "is not a JSON file, or is damaged", changes=True)
def bad_json(t):
    return audited(t, "results.json", "{")


@case("table-no-events", 2, "is not a TensorBoard event file, or is damaged", changes=True)
def no_events(t):
    return audited(t, "events.out.tfevents.1", "not an event file, though its name says so")


@case("table-no-step", 2, "no step can be read from .*: expected names of folders", changes=True)
def no_step(t):
    return audited(t, "here/results.json", '{"results": {"x": {"acc": 0.5}}}')


@case("table-chance-lacks", 2, "--chance chance.csv: has no row for b; its tasks are a", changes=True)
def chance_lacks(t):
    Path("chance.csv").write_text("task,chance\na,0.5\n")
    return audited(t, "t.csv", "task,step,score\na,1,0\nb,1,0\n", "--chance", "chance.csv")


@case("table-no-scores", 2, "--all-scores: no column holds scores in .0, 1. or a loss", changes=True)
def no_scores(t):
    return audited(t, "t.csv", "step,lr,size\n1,0.1,50\n", "--all-scores")
