"""What is wrong with a file of scores is said with its line and what to do, not in the reader's words."""

import json
import math

import pytest

from seedbed.config.errors import UsageError
from seedbed.store.score_files import read_scores
from seedbed.store.score_table import Columns

PLAIN = "step,seed,score\n1,0,0.5\n2,0,1\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wide.csv", PLAIN.encode("utf-16"), "is text in UTF-16, expected UTF-8"),
        ("wide.jsonl", b"\xff\xfe{\x00}\x00", "is text in UTF-16, expected UTF-8"),
        ("latin.csv", b"step,seed,score\n1,0,\xe9\n", "byte 0xe9 is not UTF-8"),
        ("semi.csv", b"step;seed;score\n1;0;0,5;1\n", "line 2 has 4 values, the header has 3 names"),
        ("ragged.csv", b"step,seed,score\n1,0,0.5\n2,0,0,1\n", "line 3 has 4 values, the header has 3 names"),
        ("twice.csv", b"step,score,step\n1,0.5,1\n", "2 columns are called 'step'"),
        ("none.jsonl", b"", "the file is empty"),
        ("none.csv", b"", "the file is empty"),
        ("array.jsonl", b'[{"step": 1, "score": 0.5}]', "is one JSON array"),
        ("array.ndjson", b'[\n{"step": 1, "score": 0.5}\n]', "is one JSON array"),
        ("cut.jsonl", b'{"step": 1, "score": 0.5}\n{"step": 2, "sc', "line 2 is not a JSON object: "),
        ("infinite.jsonl", b'{"step": 1, "score": 0.5}\n{"step": Infinity, "score": 1}', "scale is inf in row 2"),
        ("old.csv", PLAIN.replace("\n", "\r").encode(), "lines end in CR alone, as on old Macs"),
        ("twice.csv", b"step, score,score\n1,0.5,1\n", "2 columns are called 'score'"),
        ("cut.parquet", b"PAR1 and no more", "is not a Parquet file, or is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_scores(tmp_path / name, Columns())
    assert message in str(refused.value)
    assert name in str(refused.value) or "row 2" in message  # a row is of the table, wherever that came from


def test_a_mark_of_byte_order_and_nameless_columns_are_no_fault(tmp_path):
    (tmp_path / "marked.csv").write_text("\ufeff,,step,score\n0,0,1,0.5\n1,1,2,1\n", encoding="utf-8")
    assert read_scores(tmp_path / "marked.csv", Columns()).rows.height == 2


def test_spaces_around_names_and_seeds_are_no_part_of_them(tmp_path):
    (tmp_path / "spaces.csv").write_text("seed , step, score\na, 1, 0.5\n a , 2, 1.0\n")
    found = read_scores(tmp_path / "spaces.csv", Columns())
    assert found.rows["group"].to_list() == ["a", "a"] and found.rows["score"].to_list() == [0.5, 1.0]


def test_json_as_python_writes_it_has_nan_for_what_is_missing(tmp_path):
    rows = [{"step": 1, "seed": 0, "score": 0.5}, {"step": 2, "seed": 0, "score": math.nan, "why": "skipped\u2028"}]
    (tmp_path / "nan.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    found = read_scores(tmp_path / "nan.jsonl", Columns())
    assert found.rows.height == 1 and "1 of 2 rows have no score and are left out" in found.warnings
