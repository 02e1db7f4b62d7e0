import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config import DamagedRunError, SeedbedError, UsageError
from seedbed.store.manifest import FORMAT_VERSION, MANIFEST, Manifest, _decode, encode, load_manifest, plain

NOW = "2026-01-31T12:00:00+00:00"
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
data = st.dictionaries(
    st.text(), st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
)


def manifest_with(**changes):
    content = {"config": {}, "versions": {}, "device": "cpu", "status": "created", "created": NOW, "updated": NOW}
    return Manifest(**{"experiment": "triangle", **content, **changes})


@given(data, st.dictionaries(st.text(), st.text()), st.lists(st.text()))
@settings(deadline=None)
def test_what_is_written_is_read(config, files, removals):
    manifest = manifest_with(config=plain("config", config), files=files, moves=files, removals=tuple(removals))
    assert _decode("manifest.json", encode(manifest)) == manifest


def test_keys_that_json_turns_into_text_hash_alike_before_and_after(tmp_path):
    (tmp_path / MANIFEST).write_bytes(encode(manifest_with(config=plain("config", {10: "ten", 9: "nine"}))))
    assert load_manifest(tmp_path).config == {"10": "ten", "9": "nine"}


def test_a_config_that_is_no_plain_data_is_refused():
    with pytest.raises(UsageError, match="plain data"):
        plain("config", {"rate": float("nan")})
    with pytest.raises(UsageError, match="plain data"):
        plain("config", {"model": object()})


def test_an_unknown_status_is_refused():
    with pytest.raises(UsageError, match="created, running"):
        manifest_with(status="done")


def test_every_changed_byte_of_a_manifest_is_noticed(tmp_path):
    whole = encode(manifest_with(config={"width": 64}, files={"members.parquet": "0" * 64}))
    for position in range(0, len(whole) - 1, 7):
        for changed in (whole[:position], whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]):
            (tmp_path / MANIFEST).write_bytes(changed)
            with contextlib.suppress(SeedbedError):
                assert load_manifest(tmp_path) == _decode("manifest.json", whole)  # white space may differ
            assert (tmp_path / MANIFEST).read_bytes() == changed


def test_a_newer_format_is_refused_with_both_versions(tmp_path):
    content = json.loads(encode(manifest_with()))
    (tmp_path / MANIFEST).write_text(json.dumps({**content, "format_version": FORMAT_VERSION + 6}))
    with pytest.raises(SeedbedError, match=f"format {FORMAT_VERSION + 6}.*format {FORMAT_VERSION}.*Upgrade"):
        load_manifest(tmp_path)


def test_a_folder_of_something_else_is_no_run(tmp_path):
    with pytest.raises(UsageError, match="no run in"):
        load_manifest(tmp_path)
    with pytest.raises(UsageError, match="no run in"):
        load_manifest(tmp_path / "absent")
    (tmp_path / "thesis.tex").write_text("mine")
    for folder in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(UsageError, match="not a Seedbed run"):
            load_manifest(folder)
    (tmp_path / MANIFEST).write_text('{"name": "a web page"}')
    with pytest.raises(UsageError, match="not the manifest"):
        load_manifest(tmp_path)


def test_a_run_without_its_manifest_is_damaged(a_run):
    (a_run / MANIFEST).unlink()
    with pytest.raises(DamagedRunError, match=r"has lost its manifest\.json: it holds the members\.parquet"):
        load_manifest(a_run)
