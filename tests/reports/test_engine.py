"""The charts' engine is bundled once, kept with its hash, and bundled again where what was kept is no good."""

import pytest
import vl_convert

from seedbed.reports.engine import vega_script


@pytest.fixture
def bundled(monkeypatch, tmp_path):
    """A cache of its own, and every bundling noted."""
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "cache"))
    calls = []

    def bundle(snippet, vl_version):
        calls.append(vl_version)
        return f"{snippet}\r\n/* a bundle with </script inside */"

    monkeypatch.setattr(vl_convert, "javascript_bundle", bundle)
    vega_script.cache_clear()
    yield calls
    vega_script.cache_clear()


def test_the_second_process_reads_what_the_first_has_kept(bundled):
    first = vega_script()
    vega_script.cache_clear()
    assert vega_script() == first and len(bundled) == 1
    assert "</script" not in first


def test_a_damaged_script_is_bundled_again(bundled, tmp_path):
    first = vega_script()
    (kept,) = (tmp_path / "cache" / "charts").iterdir()
    kept.write_text(kept.read_text().replace("vegaEmbed", "elsewhere"))
    vega_script.cache_clear()
    assert vega_script() == first and len(bundled) == 2


def test_a_cache_that_cannot_be_written_costs_time_only(bundled, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert "vegaEmbed" in vega_script() and len(bundled) == 1
