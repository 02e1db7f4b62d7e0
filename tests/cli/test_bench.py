"""`seedbed bench blocks`, end to end on the smallest blocks."""

import json
from pathlib import Path

import polars as pl


def test_a_page_with_its_charts_and_costs_is_written(seedbed):
    words = "bench blocks --lengths 64 32 --widths 16 --mixers gam attention --rounds 2 --out here --json"
    done = seedbed(*words.split())
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    page = Path(answer["page"])
    text = page.read_text()
    assert "--lengths 64,32 --widths 16 --mixers gam,attention --rounds 2" in text and len(done.err.splitlines()) == 4
    for link in (part.split(")")[0] for part in text.split("](")[1:]):
        assert (page.parent / link).exists(), link
    costs = pl.read_csv(page.with_suffix("") / "costs.csv")
    assert costs.height == len(answer["costs"]) == 8 and costs["length"].to_list() == [32, 64] * 4
