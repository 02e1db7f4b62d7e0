"""Claims about the canonical form: short, stable, read back unchanged, and refusing what it does not know."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError, canonical, fingerprint, from_plain, to_plain
from seedbed.config.random import generator


@dataclass(frozen=True)
class Soil:
    depth: float = 1.0
    kind: Literal["clay", "sand"] = "clay"


@dataclass(frozen=True)
class Bed:
    rows: int = 3
    soil: Soil = field(default_factory=Soil)
    plants: tuple[tuple[str, int], ...] = ()
    shares: tuple[float, float] = (0.5, 0.5)
    label: str | None = None
    covered: bool = False


@dataclass(frozen=True)
class Plot:
    name: str
    size: int = 1


BEDS = st.builds(
    Bed,
    rows=st.integers(-5, 5),
    soil=st.builds(Soil, depth=st.floats(allow_nan=False), kind=st.sampled_from(["clay", "sand"])),
    plants=st.lists(st.tuples(st.text(), st.integers()), max_size=3).map(tuple),
    shares=st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
    label=st.none() | st.text(),
    covered=st.booleans(),
)


@given(BEDS)
def test_what_is_written_down_reads_back_unchanged_with_and_without_defaults(bed):
    assert from_plain(Bed, to_plain(bed)) == bed
    assert from_plain(Bed, to_plain(bed, defaults=True)) == bed
    assert canonical(from_plain(Bed, to_plain(bed))) == canonical(bed)


def test_fields_at_their_defaults_are_left_out_at_every_depth():
    assert canonical(Bed()) == "{}"
    assert canonical(Bed(soil=Soil(kind="sand"))) == '{"soil":{"kind":"sand"}}'
    assert set(to_plain(Bed(), defaults=True)) == {"rows", "soil", "plants", "shares", "label", "covered"}


def test_a_whole_number_in_a_field_for_floats_is_the_same_config():
    assert canonical(Bed(soil=Soil(depth=2))) == canonical(Bed(soil=Soil(depth=2.0))) == '{"soil":{"depth":2.0}}'
    assert canonical(Bed(shares=(1, 0))) == canonical(Bed(shares=(1.0, 0.0)))


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"rosw": 4}, "unknown setting of Bed 'rosw': did you mean 'rows'"),
        ({"soil": {"dept": 1.0}}, "unknown setting of Bed.soil 'dept': did you mean 'depth'"),
        ({"soil": {"kind": "sandy"}}, "Bed.soil.kind 'sandy': did you mean 'sand'"),
        ({"rows": "4"}, "Bed.rows must be of type int, got '4'"),
        ({"rows": True}, "Bed.rows must be of type int, got True"),
        ({"rows": 4.0}, "Bed.rows must be of type int, got 4.0"),
        ({"covered": 1}, "Bed.covered must be of type bool, got 1"),
        ({"soil": {"depth": True}}, "Bed.soil.depth must be of type float, got True"),
        ({"soil": 3}, "Bed.soil must be a table of settings, got 3"),
        ({"shares": [1.0]}, "Bed.shares must have 2 entries, got 1"),
        ({"plants": "peas"}, "Bed.plants must be a list, got 'peas'"),
        ({"plants": [["peas", "2"]]}, r"Bed.plants\[0\]\[1\] must be of type int"),
    ],
)
def test_unknown_names_and_wrong_types_are_refused_where_they_stand(plain, message):
    with pytest.raises(UsageError, match=message):
        from_plain(Bed, plain)


def test_a_setting_without_a_default_must_be_given():
    assert from_plain(Plot, {"name": "north"}) == Plot("north")
    with pytest.raises(UsageError, match=r"Plot needs a value for name, got {'size': 2}"):
        from_plain(Plot, {"size": 2})


def test_what_no_config_can_hold_is_refused():
    with pytest.raises(UsageError, match=r"a config holds numbers.*got {1}"):
        to_plain(Bed(plants={1}))  # type: ignore[arg-type]


def test_a_fingerprint_depends_on_every_part_and_on_where_one_part_ends():
    prints = {fingerprint(*parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", ""), ("c", "ab")]}
    assert len(prints) == 5
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in prints)


@given(st.lists(st.tuples(st.sampled_from(["windows", "epoch"]), st.integers(0, 9), st.integers(0, 9)), unique=True))
def test_a_draw_depends_on_its_name_seed_and_counter_and_not_on_the_order_of_asking(names):
    forward = {name: generator(*name).random(3).tolist() for name in names}
    backward = {name: generator(*name).random(3).tolist() for name in reversed(names)}
    assert forward == backward
    assert len({tuple(draw) for draw in forward.values()}) == len(names)
