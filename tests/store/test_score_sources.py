"""Files and folders of other tools, wide tables and several files: each is read as the same rows in the plain form."""

import json
import struct

import polars as pl
import pytest

from seedbed.config.errors import UsageError
from seedbed.store.score_files import read_scores
from seedbed.store.score_table import Columns

STEPS = (10, 100, 1000, 10_000)
ACC = (0.0, 0.1, 0.6, 0.9)
BASE = Columns(chance=0.0, items=100)


def rows(found, task=None):
    frame = found.rows if task is None else found.rows.filter(pl.col("task") == task)
    return list(zip(frame["group"].cast(pl.String), frame["scale"], frame["score"].round(6), strict=True))


def curve(name="1", scores=ACC):
    return list(zip([name] * 4, map(float, STEPS), scores, strict=True))


def csv(path, head, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *(",".join(map(str, line)) for line in lines)]))
    return path


def test_a_file_a_seed_and_a_file_a_task_are_told_by_their_names(tmp_path):
    for name in ("seed0", "seed1"):
        csv(tmp_path / "runs" / f"{name}.csv", "step,score", zip(STEPS, ACC, strict=True))
    for name in ("add", "multiply"):
        csv(tmp_path / "tasks" / f"{name}.csv", "step,score", zip(STEPS, ACC, strict=True))
    seeds = read_scores(f"{tmp_path}/runs/*.csv", BASE)
    assert rows(seeds) == curve("seed0") + curve("seed1") and seeds.tasks == ["all"]
    assert "2 files, each a seed: seed0, seed1" in seeds.read[0]
    tasks = read_scores([tmp_path / "tasks" / "add.csv", tmp_path / "tasks" / "multiply.csv"], BASE)
    assert tasks.tasks == ["add", "multiply"] and rows(tasks, "add") == curve()
    assert "each a task" in tasks.read[0]
    told = read_scores(f"{tmp_path}/tasks/*.csv", Columns(chance=0.0, items=9, group="file"))
    assert rows(told) == curve("add") + curve("multiply")


def test_files_of_one_name_are_told_by_their_folders(tmp_path):
    for name in ("run-1", "run-2"):
        csv(tmp_path / name / "log.csv", "step,score", zip(STEPS, ACC, strict=True))
    assert rows(read_scores(f"{tmp_path}/*/log.csv", BASE)) == curve("run-1") + curve("run-2")


@pytest.mark.parametrize("head", ["step,seed_0,seed_1", "Step,run-0,run-1", "global_step,s0,s1", "step,0.1,0.2"])
def test_a_column_a_seed_is_guessed_by_names_or_told(tmp_path, head):
    path = csv(tmp_path / "w.csv", head, zip(STEPS, ACC, ACC, strict=True))
    wide = "seeds" if "0.1" in head else None
    found = read_scores(path, Columns(chance=0.0, items=9, wide=wide))
    assert rows(found) == [each for name in head.split(",")[1:] for each in curve(name)]
    assert any("one column per seed, 2 of them" in line for line in found.read)


def test_a_column_a_task_is_told_and_keeps_other_columns_out(tmp_path):
    lines = zip(STEPS, [0] * 4, ACC, ACC, [0.1] * 4, strict=True)
    path = csv(tmp_path / "w.csv", "step,seed,add,mul,learning_rate", lines)
    found = read_scores(path, Columns(chance=0.0, items=9, wide="tasks"))
    assert found.tasks == ["add", "mul"] and rows(found, "mul") == curve("0")
    every = read_scores(path, Columns(chance=0.0, items=9, all_scores=True))
    assert every.tasks == ["add", "mul"] and "no scores, left out: learning_rate" in every.read


def test_an_export_of_weights_and_biases(tmp_path):
    names = [f"run {run} - val/acc{end}" for run in "ab" for end in ("", "__MIN", "__MAX")]
    lines = []
    for step, score in zip(STEPS, ACC, strict=True):
        lines += [[step, *[score] * 3, "", "", ""], [step + 1, "", "", "", *[score] * 3]]
    path = csv(tmp_path / "wandb.csv", ",".join(f'"{name}"' for name in ["Step", *names]), lines)
    found = read_scores(path, BASE)
    later = [(name, scale + 1, score) for name, scale, score in curve("run b")]
    assert rows(found) == curve("run a") + later and found.score_name == "val/acc"
    assert read_scores(path, Columns(chance=0.0, items=9, wide="tasks")).tasks == ["run a", "run b"]


def test_a_csv_of_tensorboard(tmp_path):
    path = csv(tmp_path / "tb.csv", "Wall time,Step,Value", zip([1e9] * 4, STEPS, ACC, strict=True))
    assert rows(read_scores(path, BASE)) == curve()


def field(number, kind, value):
    return bytes([number << 3 | kind]) + value


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def message(number, data):
    return field(number, 2, varint(len(data)) + data)


def events(entries):
    """An event file as TensorFlow (simple_value) and newer writers (a tensor) have them; checksums are not read."""
    out = b""
    for place, (step, tag, value) in enumerate(entries):
        tensor = field(1, 0, b"\x01") + message(5, struct.pack("<f", value))
        scalar = message(8, tensor) if place % 2 else field(2, 5, struct.pack("<f", value))
        event = field(2, 0, varint(step)) + message(5, message(1, message(1, tag.encode()) + scalar))
        event = field(1, 1, struct.pack("<d", 1e9)) + event
        out += struct.pack("<Q", len(event)) + b"crc " + event + b"crc "
    return out


def test_events_of_tensorboard_in_folders(tmp_path):
    for run in ("seed0", "seed1"):
        (tmp_path / run).mkdir()
        entries = [
            each
            for step, acc in zip(STEPS, ACC, strict=True)
            for each in ((step, "eval/acc", acc), (step, "loss", 2 - acc))
        ]
        data = events(entries)
        (tmp_path / run / "events.out.tfevents.1.host").write_bytes(data + data[:20])  # the last record is cut off
    found = read_scores(tmp_path, BASE)
    assert rows(found) == curve("seed0") + curve("seed1") and found.score_name == "eval/acc"
    loss = read_scores(tmp_path, Columns(score="loss"))
    assert loss.lower_is_better == {"all"} and loss.rows["score"].max() == 2


def trainer(path):
    history = []
    for step, acc in zip(STEPS, ACC, strict=True):
        history += [{"step": step, "loss": 3.0 - acc, "grad_norm": 1.0, "learning_rate": 0.1, "epoch": 1.0}]
        history += [{"step": step, "eval_loss": 3 - acc, "eval_accuracy": acc, "eval_runtime": 0.5, "epoch": 1.0}]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"global_step": STEPS[-1], "log_history": history}))
    return path


def test_a_trainer_state_and_a_folder_of_checkpoints(tmp_path):
    assert rows(read_scores(trainer(tmp_path / "trainer_state.json"), BASE)) == curve()
    for seed in (0, 1):
        for step in (100, 10_000):
            trainer(tmp_path / "out" / f"seed{seed}" / f"checkpoint-{step}" / "trainer_state.json")
    found = read_scores(tmp_path / "out", BASE)
    assert found.rows["group"].n_unique() == 2 and found.rows.height == 8
    every = read_scores(tmp_path / "trainer_state.json", Columns(all_scores=True))
    assert every.lower_is_better == {"loss", "eval_loss"} and set(every.tasks) == {"loss", "eval_loss", "eval_accuracy"}


def harness(path, acc, **more):
    results = {
        "piqa": {"alias": "piqa", "acc,none": 0.5 + acc / 2, "acc_stderr,none": 0.01, "acc_norm,none": 0.5},
        "made_up": {"acc,none": acc, "acc_stderr,none": "N/A", "perplexity,none": 9.5},
        "all_sums": {"exact_match,strict-match": acc},
        "sums_1": {"exact_match,strict-match": acc},
    }
    value = {
        "results": results,
        "group_subtasks": {"all_sums": ["sums_1"], "piqa": []},
        "n-samples": {
            "piqa": {"original": 1838, "effective": 1000},
            "made_up": {"original": 50},
            "sums_1": {"original": 7},
        },
        "configs": {"made_up": {"output_type": "multiple_choice", "doc_to_choice": ["A", "B", "C", "D", "E"]}},
        **more,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def test_results_of_lm_evaluation_harness_over_checkpoints(tmp_path):
    for step, acc in zip(STEPS, ACC, strict=True):
        harness(tmp_path / f"step{step}" / "results_2026.json", acc, model_name="org/tiny-70m")
    found = read_scores(tmp_path, Columns())
    assert found.scale_name == "step" and found.score_name == "acc" and found.tasks == ["piqa", "made_up"]
    assert rows(found, "made_up") == curve()
    levels = {task: found.rows.filter(pl.col("task") == task).select("chance", "items").row(0) for task in found.tasks}
    assert levels == {"piqa": (0.5, 1000), "made_up": (0.2, 50)}
    sums = read_scores(tmp_path, Columns(score="exact_match"))
    assert sums.tasks == ["all_sums"] and sums.rows["items"].unique().to_list() == [7]
    assert "perplexity" in read_scores(tmp_path, Columns(score="perplexity")).score_name


def test_results_of_lm_evaluation_harness_over_sizes_and_revisions(tmp_path):
    sizes = ("70m", "160m", "410m", "1.4b")
    for size, acc in zip(sizes, ACC, strict=True):
        arguments = f"pretrained=org/pythia-{size},revision=main"
        harness(tmp_path / "sizes" / f"{size}.results" / "results.json", acc, config={"model_args": arguments})
    found = read_scores(tmp_path / "sizes", Columns())
    assert found.scale_name == "parameters" and found.rows["scale"].unique().sort().to_list() == [
        70e6,
        160e6,
        410e6,
        1.4e9,
    ]
    for step, acc in zip(STEPS, ACC, strict=True):
        harness(tmp_path / "rev" / f"{step}" / "results.json", acc, config={"model_args": {"revision": f"step{step}"}})
    assert rows(read_scores(tmp_path / "rev", Columns()), "made_up") == curve()
    harness(tmp_path / "plain" / "x" / "results.json", 0.5)
    with pytest.raises(UsageError, match="no step can be read from 'x': expected names of folders"):
        read_scores(tmp_path / "plain", Columns())


def test_json_lines_and_arrays_of_any_trainer(tmp_path):
    logged = [{"step": step, "acc": acc, "lr": 0.1} for step, acc in zip(STEPS, ACC, strict=True)]
    (tmp_path / "log.jsonl").write_text("\n".join(json.dumps(row) for row in [{"step": 1, "lr": 0.1}, *logged]))
    (tmp_path / "log.json").write_text(json.dumps(logged))
    for name in ("log.jsonl", "log.json"):
        assert rows(read_scores(tmp_path / name, Columns(score="acc", chance=0.0, items=9))) == curve()


@pytest.mark.parametrize("written", [("1", "0"), ("true", "false"), ("True", "False")])
def test_a_row_an_item_is_counted(tmp_path, written):
    right, wrong = written
    lines = [
        (step, item, right if item < 10 * acc else wrong)
        for step, acc in zip(STEPS, ACC, strict=True)
        for item in range(10)
    ]
    path = csv(tmp_path / "items.csv", "step,item,score", lines)
    items = "rows" if right == "1" else None
    found = read_scores(path, Columns(chance=0.0, items=items))
    assert rows(found) == curve() and found.rows["items"].unique().to_list() == [10]
    assert any("each row is one test item" in warning for warning in found.warnings)


def test_chance_of_each_task_from_a_table(tmp_path):
    lines = [(task, step, acc) for task in ("a", "b") for step, acc in zip(STEPS, ACC, strict=True)]
    path = csv(tmp_path / "t.csv", "task,step,score", lines)
    levels = csv(tmp_path / "chance.csv", "task,chance", [("a", 0.25), ("b", "50%"[:0] + "0.5")])
    found = read_scores(path, Columns(items=9, chance=str(levels)))
    assert found.rows.group_by("task", maintain_order=True).agg(pl.col("chance").first())["chance"].to_list() == [
        0.25,
        0.5,
    ]
    csv(levels, "task,chance", [("a", 0.25)])
    with pytest.raises(UsageError, match="has no row for b; its tasks are a"):
        read_scores(path, Columns(items=9, chance=str(levels)))


@pytest.mark.parametrize(
    "more",
    [
        {"n-samples": 5, "configs": [], "config": "x", "group_subtasks": [1]},
        {"n-samples": {"x": "many"}, "configs": {"x": 3}, "config": {"model_args": None}, "group_subtasks": {"x": 5}},
    ],
)
def test_results_with_strange_parts_are_read_without_them(tmp_path, more):
    for step in STEPS:
        path = tmp_path / f"step{step}" / "results.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"results": {"x": {"acc": 0.5, "acc_stderr": 0.05}, "y": 4}, **more}))
    assert read_scores(tmp_path, Columns()).rows["items"].to_list() == [101.0] * 4
