from seedbed.store import LISTING_SCHEMA, Run, list_runs


def test_runs_are_listed_with_their_progress(tmp_path, a_run, sample):
    with Run.create(tmp_path / "deep" / "er", **{**sample.settings, "experiment": "hints"}) as run:
        run.set_status("running")
        rows = list_runs(tmp_path).rows(named=True)
    assert [row["folder"] for row in rows] == [str(a_run), str(tmp_path / "deep" / "er")]
    assert [row["experiment"] for row in rows] == ["triangle", "hints"]
    assert [(row["finished"], row["diverged"], row["members"]) for row in rows] == [(1, 1, 4), (0, 0, 0)]
    # The first run ended without saying so: nobody writes it any more.
    assert [row["status"] for row in rows] == ["interrupted", "running"]


def test_damage_is_shown_and_stops_no_listing(tmp_path, a_run):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    (a_run / "members.parquet").write_bytes(b"")
    assert list_runs(tmp_path)["status"].to_list() == ["damaged", "damaged"]


def test_no_folder_holds_no_runs(tmp_path):
    assert list_runs(tmp_path / "absent").is_empty()
    assert list(list_runs(tmp_path).columns) == list(LISTING_SCHEMA)
    assert list_runs(tmp_path).is_empty()
