"""Forecasts, plans, audits and calibration."""

from pathlib import Path

from error_cases.harness import case, raiser


@case("run-scale", 2, "unknown scale of a run 'token': did you mean 'tokens'")
def run_scale(t):
    return t.seedbed("audit", t.grown, "--scale", "token")


@case(
    "forecast-too-early",
    2,
    "two evaluations in the first quarter of 6 steps, but there are 0: set --evaluation.regular to 1",
)
def forecast_too_early(t):
    return t.seedbed("forecast", t.grown)


@case("forecast-which-task", 2, "the run has several tasks: name one with --task: A->B; A->C")
def forecast_which_task(t):
    return t.seedbed("forecast", t.synthetic_run)


@case("forecast-unknown-task", 2, "unknown task 'A->D': did you mean")
def forecast_unknown_task(t):
    return t.seedbed("forecast", t.synthetic_run, "--task", "A->D")


@case("forecast-step", 2, "by must be a step after 150, where the forecasts start, got 100")
def forecast_step(t):
    return t.seedbed("forecast", t.synthetic_run, "--task", "A->C", "--by", "100")


@case("forecast-too-small", 2, "3 members of 3 conditions had not emerged by 150: at least 8 of 2 are needed")
def forecast_too_small(t):
    return t.seedbed("forecast", t.synthetic.build(Path("runs/small"), seeds=1), "--task", "A->C")


@case(
    "forecast-untested",
    2,
    "runs/untested: no member has been evaluated yet; continue with seedbed resume runs/untested",
)
def forecast_untested(t):
    t.monkeypatch.setattr(t.synthetic, "rows_of", lambda *_: [])
    return t.seedbed("forecast", t.synthetic.build(Path("runs/untested"), seeds=1))


def forecast_where_onsets_are(t, **typical):
    """Of a run with these typical onsets; one member of each condition stops at step 50."""
    t.monkeypatch.setattr(t.synthetic, "STOPPED_AT", 50)
    t.monkeypatch.setattr(t.synthetic, "TYPICAL", {"alone": 20.0, "zero-shot": 20.0, "hinted": 20.0} | typical)
    return t.seedbed("forecast", t.synthetic.build(Path("runs/other"), seeds=10), "--task", "A->C")


@case("forecast-all-emerged", 2, "runs/other: every member had emerged or ended within the first quarter")
def forecast_all_emerged(t):
    return forecast_where_onsets_are(t)


@case(
    "forecast-no-other", 2, "1 condition with members that had not emerged by step 150: 3 are needed to leave one out"
)
def forecast_no_other(t):
    return forecast_where_onsets_are(t, hinted=400.0)


@case("forecast-no-onset", 2, "none of 18 members emerged: there is nothing to learn a forecast from")
def forecast_no_onset(t):
    return forecast_where_onsets_are(t, **{"alone": 1e5, "zero-shot": 1e5, "hinted": 1e5})


@case(
    "interrupted-calibrate",
    130,
    "^seedbed: interrupted; nothing was written: the same command starts from the beginning$",
)
def interrupted_calibrate(t):
    t.monkeypatch.setattr("seedbed.experiments.calibration_pool.measure", raiser(KeyboardInterrupt()))
    return t.seedbed("calibrate", "--quiet")


def pilot(t, **changes):
    """A table of 8 seeds with onsets at steps 100 to 240, two units of it where a task is named."""
    rows = [
        {"step": step, "seed": seed, "score": float(step >= 100 + 20 * seed), **changes}
        for seed in range(8)
        for step in range(20, 401, 20)
    ]
    text = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path = Path("pilot.csv")
    path.write_text("\n".join(text))
    return path


@case("plan-which-task", 2, "there are 2\\ tasks: name one with --task: ", changes=True)
def plan_which_task(t):
    path = pilot(t, task="x")
    path.write_text(path.read_text() + "\n" + "\n".join(f"{step},0,1.0,y" for step in (1, 2)))
    return t.seedbed("plan", path)


@case("plan-beyond-reach", 1, "not even 512 seeds per condition suffice to detect a ratio of 1.0001", changes=True)
def plan_beyond_reach(t):
    return t.seedbed("plan", pilot(t), "--effect", 1.0001)


@case("plan-no-effect", 2, "effect must be a ratio of onsets above 0 and other than 1, .* got 1.0", changes=True)
def plan_no_effect(t):
    return t.seedbed("plan", pilot(t), "--effect", 1)


@case("plan-power", 2, "power must lie between 0 and 1, got 1.5", changes=True)
def plan_power(t):
    return t.seedbed("plan", pilot(t), "--power", 1.5)


@case("plan-end", 2, "end must be a finite point of the scale above 0, got 0", changes=True)
def plan_end(t):
    return t.seedbed("plan", pilot(t), "--end", 0)


@case("plan-no-onsets", 2, "the pilot shows 0 onsets among 8 seeds, 3 are needed", changes=True)
def plan_no_onsets(t):
    return t.seedbed("plan", pilot(t), "--threshold", 2)


@case("run-columns", 2, "a run has its own scores, .*: omit --score, --by")
def run_columns(t):
    return t.seedbed("audit", t.grown, "--score", "exact", "--by", "task")
