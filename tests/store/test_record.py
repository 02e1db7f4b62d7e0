import pytest

from seedbed.config import DamagedRunError, UsageError
from seedbed.store import Run, check_integrity, record_of, weights_hash, write_file


@pytest.fixture
def a_record(tmp_path, a_run):
    """The record of that run, in a folder of its own."""
    for name, content in record_of(a_run, without=("report.html",)).items():
        write_file(tmp_path / "record" / name, content)
    return tmp_path / "record"


def test_a_record_is_the_run_without_its_tensors(a_record, a_run, sample):
    assert check_integrity(a_record) == []
    assert {path.name for path in a_record.iterdir()} == {"curves", "manifest.json", "members.parquet", "outcomes"}
    whole, kept = Run.open(a_run, write=False), Run.open(a_record, write=False)
    for name in ("experiment", "config", "versions", "device", "created"):
        assert getattr(kept.manifest, name) == getattr(whole.manifest, name)
    ended = [sample.fingerprint(number) for number in (0, 2)]
    for frame in ("members", "curves"):
        rows, expected = (getattr(run, frame)().to_dicts() for run in (kept, whole))
        assert [row for row in rows if row["member"] in ended] == [row for row in expected if row["member"] in ended]
    assert kept.outcomes(ended[0])["right"].tolist() == whole.outcomes(ended[0])["right"].tolist()
    with pytest.raises(UsageError, match=r"no weights here: .*record is a record, which is kept without"):
        kept.weights(ended[0])


def test_a_member_under_way_begins_anew_from_a_record(a_record, sample):
    under_way = sample.fingerprint(1)
    with Run.open(a_record, write=True) as run:
        assert run.manifest.status == "interrupted"
        assert run.members()["state"].to_list() == ["finished", "planned", "diverged", "planned"]
        assert under_way not in run.curves()["member"].to_list()
        assert run.load_checkpoint(under_way) is None
        run.finish_member(under_way, 4, sample.weights_of(1), sample.outcome_of(1))
        assert weights_hash(run.weights(under_way)) == weights_hash(sample.weights_of(1))


def test_a_record_of_a_record_is_the_same(a_record):
    again = record_of(a_record)
    assert {name for name in again if (a_record / name).read_bytes() != again[name]} == set()
    assert list(again)[-1] == "manifest.json"


def test_a_damaged_run_gives_no_record(a_run, sample):
    (a_run / "outcomes" / f"{sample.fingerprint(0)}.safetensors").write_bytes(b"")
    with pytest.raises(DamagedRunError, match="expected SHA-256"):
        record_of(a_run)


def test_a_run_that_has_not_begun_has_an_empty_record(tmp_path, sample):
    Run.create(tmp_path / "new", **sample.settings).close()
    for name, content in record_of(tmp_path / "new").items():
        write_file(tmp_path / "record" / name, content)
    with Run.open(tmp_path / "record", write=True) as run:
        assert run.members().height == run.curves().height == 0
