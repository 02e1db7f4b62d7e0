from itertools import combinations

import numpy as np
import pytest

from seedbed.reports import CONDITION_COLOURS, colours_for
from seedbed.reports.theme import DARK, HEAT, INK, MUTED, OTHER_COLOURS, PAPER

# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(linear(colour) @ TO_XYZ[1]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    ratio = np.clip(TO_XYZ @ rgb / np.array([0.9505, 1.0, 1.089]), 1e-6, None)
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["trichromat", "deutan", "protan"])
@pytest.mark.parametrize("dark", [False, True], ids=["light page", "dark page"])
def test_conditions_stay_apart_for_every_kind_of_vision(vision, dark):
    for one, other in combinations(CONDITION_COLOURS.values(), 2):
        seen = [lab(vision @ linear(DARK[colour] if dark else colour)) for colour in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 20, (one, other)  # about nine times a just noticeable difference


@pytest.mark.parametrize("colour", [*CONDITION_COLOURS.values(), *OTHER_COLOURS])
def test_marks_reach_three_to_one_on_both_pages(colour):
    assert contrast(colour, PAPER) >= 3
    assert contrast(DARK[colour], DARK[PAPER]) >= 3


@pytest.mark.parametrize("colour", [INK, MUTED])
def test_words_reach_four_and_a_half_to_one_on_both_pages(colour):
    assert contrast(colour, PAPER) >= 4.5
    assert contrast(DARK[colour], DARK[PAPER]) >= 4.5


def test_shades_darken_evenly_on_a_light_page_and_brighten_on_a_dark_one():
    lightness = [float(lab(linear(shade))[0]) for shade in HEAT]
    assert lightness == sorted(lightness, reverse=True)
    lightness = [float(lab(linear(DARK[shade]))[0]) for shade in HEAT]
    assert lightness == sorted(lightness)


def test_a_condition_keeps_its_colour_whoever_else_is_drawn():
    for names in (["hinted"], ["alone", "hinted"], ["wide", "narrow", "hinted", "zero-shot"]):
        assert colours_for(names)[names.index("hinted")] == CONDITION_COLOURS["hinted"]


def test_other_names_get_different_colours_until_the_palette_ends():
    names = [f"arm {number}" for number in range(8)]
    assert len(set(colours_for(names))) == 8
    assert len(colours_for([*names, "one more"])) == 9
