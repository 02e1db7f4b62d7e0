"""Claims about presets: their counts are the sources', each builds what it counts, and each says where it is from."""

from dataclasses import fields
from math import prod

import jax
import pytest

from seedbed.models import PRESETS, LanguageModel, ModelConfig, parameter_count, preset

# Acharya's, Sinha's, Jha's and Karpathy's counts are their own; GPT-Neo's are of the published models of that size.
COUNTS = {
    "paper-3.1": 4_533_631,
    "paper-3.2": 34_196_455,
    "gam": 22_599_680,
    "gam-sum": 19_447_808,
    "gam-global": 19_435_520,
    "gam-local": 17_874_944,
    "gam-mended": 22_599_680,
    "gam-transformer": 24_166_400,
    "gam-mamba": 20_504_576,
    "gam-mamba-mended": 20_504_576 + 6 * 2 * 512,
    "baby": 18_638_592 + 24_576_000,
    "stories260K": 260_032,
    "tinystories-64x8": 3_745_984,
    "tinystories-128x8": 8_278_400,
    "tinystories-256x8": 19_702_528,
    "tinystories-512x8": 51_987_968,
    "tinystories-768x4": 68_514_048,
    "tinystories-1024x1": 66_155_520,
    "tinystories-1024x2": 78_748_672,
    "mingpt": 2_669_568 + 258 * 192 + 2 * 320 * 192,
}


def counted(name):
    each = PRESETS[name]
    shapes = jax.eval_shape(lambda key: LanguageModel(each.model, each.vocabulary, key=key), jax.random.key(0))
    return sum(prod(leaf.shape) for leaf in jax.tree.leaves(shapes))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_builds_as_many_parameters_as_its_formula_says(name):
    each = PRESETS[name]
    assert counted(name) == parameter_count(each.model, each.vocabulary) == COUNTS.get(name, counted(name))
    assert each.source and each.vocabulary > 0


def test_every_count_of_a_source_is_checked():
    assert set(COUNTS) <= set(PRESETS)
    assert {name for name in PRESETS if name.startswith(("gam", "paper"))} <= set(COUNTS)


def test_the_smallest_gpt_neo_alternates_global_and_local_attention_without_a_scale():
    model = LanguageModel(preset("tinystories-64x2"), 50, key=jax.random.key(0))
    first, second = (block.mixer for block in model.blocks)
    assert (first.window, second.window) == (0, 256)
    assert first.scale == 1.0 and first.query.bias_O is None and first.output.bias_O is not None


def test_the_mamba_of_the_gam_paper_has_neither_residuals_nor_norms_but_the_last_and_the_mended_one_has():
    bare, mended = (
        jax.eval_shape(lambda key, name=name: LanguageModel(preset(name), 50, key=key), jax.random.key(0))
        for name in ("gam-mamba", "gam-mamba-mended")
    )
    assert bare.blocks[0].mixer_norm is None and bare.last_norm is not None
    assert mended.blocks[0].mixer_norm is not None and mended.blocks[0].channels is None


def test_ablations_differ_from_their_model_in_one_setting():
    for name in ("gam-sum", "gam-global", "gam-local", "gam-transformer"):
        changed = {each.name for each in fields(ModelConfig)}
        changed = {each for each in changed if getattr(preset(name), each) != getattr(preset("gam"), each)}
        assert changed == ({"mixer", "mixer_dropout", "attention_dropout"} if name == "gam-transformer" else {"gam"})
