"""Claims about counts: parameters by formula are those in arrays; operations agree with the compiler's own count."""

from math import prod

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.models import (
    PRESETS,
    ExpertsConfig,
    LanguageModel,
    ModelConfig,
    flops_per_token,
    paper,
    parameter_count,
    preset,
)

# Built in the test: runtime checks of types look at random entries of a tuple.
SETTINGS = st.fixed_dictionaries(
    {
        "heads": st.integers(1, 3),
        "head_width": st.integers(1, 4),
        "blocks": st.integers(1, 3),
        "feed_forward": st.integers(1, 5),
        "context": st.integers(1, 9),
        "norm_order": st.sampled_from(["pre", "post", "sandwich", "shared", "bare"]),
        "norm": st.sampled_from(["layer", "rms"]),
        "bias": st.booleans(),
        "activation": st.sampled_from(["gelu", "relu2"]),
        "activation_after": st.booleans(),
        "score_scale": st.sampled_from(["head", "width"]),
        "positions": st.sampled_from(["learned", "sinusoidal", "none"]),
        "channels": st.sampled_from(["mlp", "swiglu", "experts", "none"]),
        "hidden": st.integers(0, 3),
        "head_bias": st.sampled_from([None, True, False]),
        "tied": st.booleans(),
        "spare_classes": st.integers(0, 2),
        "init": st.sampled_from(["gpt", "keras", "torch"]),
        "mixer": st.sampled_from(["attention", "linear"]),
    }
)


def counted(config, vocabulary):
    shapes = jax.eval_shape(lambda key: LanguageModel(config, vocabulary, key=key), jax.random.key(0))
    return sum(prod(leaf.shape) for leaf in jax.tree.leaves(shapes))


def test_the_papers_models_have_4533631_and_34196455_parameters():
    small = LanguageModel(preset("paper-3.1"), 30, key=jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(small)) == parameter_count(preset("paper-3.1"), 30) == 4_533_631
    assert counted(preset("paper-3.2"), 54) == parameter_count(preset("paper-3.2"), 54) == 34_196_455


@given(SETTINGS, st.integers(1, 40))
def test_the_formula_counts_what_every_config_builds(settings, vocabulary):
    width = settings["heads"] * settings.pop("head_width")
    if settings["tied"]:
        settings["spare_classes"] = 0
    config = ModelConfig(width=width, **settings)
    assert counted(config, vocabulary) == parameter_count(config, vocabulary)


@pytest.mark.parametrize(
    ("size", "blocks", "context", "mixer"),
    [((32, 4, 4), 2, 16, "attention"), ((96, 3, 2), 1, 40, "attention"), ((32, 4, 4), 2, 16, "linear")],
)
def test_operations_by_formula_are_within_five_percent_of_the_compilers(size, blocks, context, mixer):
    """The formula counts matrix products alone; the compiler's count adds norms, softmax and the one-hot embedding."""
    width, heads, feed_forward = size
    config = ModelConfig(
        width=width, heads=heads, feed_forward=feed_forward, blocks=blocks, context=context, mixer=mixer
    )
    vocabulary = 27
    model = LanguageModel(config, vocabulary, key=jax.random.key(0))
    compiled = jax.jit(lambda model, tokens: model(tokens)).lower(model, jnp.zeros((4, context), jnp.int32)).compile()
    measured = compiled.cost_analysis()["flops"] / (4 * context)
    embedding = 2 * vocabulary * width
    scores = 8 if mixer == "attention" else 1  # a softmax, or the mask alone
    elementwise = blocks * (12 * width + 3 * feed_forward * width + scores * heads * context) + 6 * width
    assert flops_per_token(config, vocabulary) <= measured
    assert flops_per_token(config, vocabulary) + embedding + elementwise == pytest.approx(measured, rel=0.05)


def test_presets_are_found_by_name_and_the_paper_block_at_any_size():
    assert preset("tiny") == ModelConfig()
    assert paper(400, 2, 20) == PRESETS["paper-3.1"].model
    with pytest.raises(UsageError, match=r"unknown model preset 'paper-3': did you mean 'paper-3.[12]'"):
        preset("paper-3")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 30, "heads": 4}, "4 heads do not divide a width of 30; try 3"),
        ({"width": 30, "heads": 4, "mixer": "linear"}, "4 heads do not divide a width of 30; try 3"),
        (
            {"experts": ExpertsConfig(used=1)},
            "model.experts needs the channels experts, got mlp: omit its settings",
        ),
        ({"channels": "none", "hidden": 8}, "model.hidden needs a feed-forward layer, got the channels none and 8"),
        ({"blocks": 0}, "model.blocks must be at least 1, got 0"),
        ({"context": -1}, "model.context must be at least 1, got -1"),
        ({"spare_classes": -1}, "model.spare_classes must be 0 or more, got -1"),
    ],
)
def test_a_model_that_cannot_be_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        ModelConfig(**settings)
