"""One contract for every token mixer of the registry, in each of its variants, and for every value of other options.

A new mixer is held to it by its name, a new value by a test that asks for it.

Causal, the same with a memory as without, finite gradients, counted by formula, the same bits from the same key, at
home in a population under both layouts, saved and loaded.
"""

from dataclasses import is_dataclass, replace
from math import prod
from typing import Literal, get_args, get_origin, get_type_hints

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from seedbed.config.hashing import weights_hash
from seedbed.evaluation import EvaluationConfig
from seedbed.models import (
    CHANNELS,
    MIXERS,
    ExpertsConfig,
    GamConfig,
    LanguageModel,
    MambaConfig,
    ModelConfig,
    RotaryConfig,
    flops_per_token,
    named_arrays,
    parameter_count,
    scaled,
    with_arrays,
)
from seedbed.models.layers import initialiser
from seedbed.tasks import Mixture
from seedbed.training import Finished, Member, PopulationConfig, TrainingConfig, train_population

VOCABULARY, CONTEXT = 11, 20
BASE = ModelConfig(width=16, heads=4, context=CONTEXT, gam=GamConfig(slots=8), mamba=MambaConfig(state=4))
DEFAULT = {"plain": {}}  # the variants of a mixer that has no line here
PLAIN = "attention"  # whose scale of scores is an option too, and which keeps no loop
VARIANTS: dict[str, dict[str, dict]] = {
    "attention": {
        "plain": {},
        "grouped": {"key_value_heads": 2, "bias": True},
        "multi-query": {"key_value_heads": 1},
        "window": {"window": (3, 0)},
        "prefix": {"prefix": 5},
        "window and prefix": {"window": (4,), "prefix": 6, "key_value_heads": 2},
        "rotary": {"positions": "rotary"},
        "rotary, linear scaling": {"positions": "rotary", "rotary": RotaryConfig(factor=3.0)},
        "rotary, ntk scaling": {"positions": "rotary", "rotary": RotaryConfig(scaling="ntk", factor=3.0)},
        "alibi": {"positions": "alibi", "width": 24, "heads": 6},
        "alibi, window, prefix": {"positions": "alibi", "window": (5,), "prefix": 3},
    },
    "gam": {
        "both": {},
        "sum": {"gam": GamConfig(slots=8, gated=False)},
        "local": {"gam": GamConfig(slots=8, paths="local")},
        "global": {"gam": GamConfig(slots=8, paths="global")},
        "written": {"gam": GamConfig(slots=8, reads="context")},
        "written, global": {"gam": GamConfig(slots=8, reads="context", paths="global")},
    },
    "mamba": {
        "mended": {},
        "bare": {"norm_order": "bare", "channels": "none", "mamba": MambaConfig(state=4, expand=3)},
    },
}
# Whatever else a block is made of, on a mixer that is cheap to compile: together every value of every option.
PARTS: dict[str, dict] = {
    "swiglu, layer norm, sandwich": {"channels": "swiglu", "norm": "layer", "norm_order": "sandwich"},
    "experts, sinusoids": {"channels": "experts", "positions": "sinusoidal", "scaled_residuals": "none"},
    "one expert, shared, tied": {
        "channels": "experts",
        "experts": ExpertsConfig(number=2, used=1, kind="swiglu"),
        "norm_order": "shared",
        "tied": True,
        "bias": True,
    },
    "no channels, bare, no positions": {"channels": "none", "norm_order": "bare", "positions": "none"},
    "paper": {
        "norm_order": "post",
        "activation": "gelu",
        "activation_after": True,
        "score_scale": "width",
        "spare_classes": 1,
        "init": "keras",
        "bias": True,
    },
    "gelu-tanh, no scale, torch": {"activation": "gelu-tanh", "score_scale": "none", "init": "torch"},
    "silu": {"activation": "silu", "scaled_residuals": "mixer", "position_std": 0.1},
}
CASES = [
    *((mixer, variant) for mixer in MIXERS for variant in VARIANTS.get(mixer, DEFAULT)),
    *((PLAIN, variant) for variant in PARTS),
]
SPLITS = [(CONTEXT,), (1,) * CONTEXT, (8, 12), (8, *(1,) * 12), (7, 1, 5, 6, 1)]

forward = eqx.filter_jit(lambda model, tokens_BT: model(tokens_BT))
extend = eqx.filter_jit(lambda model, tokens_BT, memory, start: model.extend(tokens_BT, memory, start))


def config_of(mixer, variant):
    """Without settings of mixers that it does not have."""
    found = replace(BASE, mixer=mixer, **(PARTS | VARIANTS.get(mixer, DEFAULT))[variant])
    others = {"gam": GamConfig(), "mamba": MambaConfig()}
    return replace(found, **{name: unset for name, unset in others.items() if name != mixer})


def values_of(config):
    """Of each option that names its choices, here or in a table within, the value that a config has."""
    for name, hint in get_type_hints(type(config)).items():
        value = getattr(config, name)
        if get_origin(hint) is Literal:
            yield type(config).__name__, name, value
        elif is_dataclass(value):
            yield from values_of(value)


def test_every_value_of_every_option_is_in_some_case():
    found = {each for mixer, variant in CASES for each in values_of(config_of(mixer, variant))}
    for config in (ModelConfig, RotaryConfig, GamConfig, MambaConfig, ExpertsConfig):
        for name, hint in get_type_hints(config).items():
            for value in get_args(hint) if get_origin(hint) is Literal else ():
                assert (config.__name__, name, value) in found


@pytest.fixture(params=CASES, ids=lambda case: ": ".join(case), scope="module")
def config(request):
    return config_of(*request.param)


@pytest.fixture(scope="module")
def model(config):
    # Larger than initial weights, so that what a mixer weighs is far from uniform and a mistake shows.
    return scaled(LanguageModel(config, VOCABULARY, key=jax.random.key(3)), jnp.float32(5.0))


@pytest.fixture
def tokens_BT():
    return jax.random.randint(jax.random.key(1), (3, CONTEXT), 0, VOCABULARY, jnp.int32)


def test_logits_have_the_shape_of_the_batch_and_each_row_is_what_it_is_alone(model, config, tokens_BT):
    logits_BTV = forward(model, tokens_BT)
    classes = VOCABULARY + config.spare_classes
    assert logits_BTV.shape == (3, CONTEXT, classes) and logits_BTV.dtype == jnp.float32
    alone = np.stack([forward(model, row_T) for row_T in tokens_BT])
    np.testing.assert_allclose(logits_BTV, alone, rtol=1e-4, atol=1e-4)
    assert forward(model, tokens_BT[:, :7]).shape == (3, 7, classes)


def test_no_logit_depends_on_a_later_token_but_within_the_prefix(model, config, tokens_BT):
    logits_BTV = np.asarray(forward(model, tokens_BT))
    for place in range(1, CONTEXT):
        changed_BT = tokens_BT.at[:, place].set((tokens_BT[:, place] + 1) % VOCABULARY)
        moved_BT = np.abs(np.asarray(forward(model, changed_BT)) - logits_BTV).max(axis=-1)
        assert (moved_BT[:, place] > 1e-5 * np.abs(logits_BTV).max()).all()
        if place >= config.prefix:
            assert (moved_BT[:, :place] == 0).all()
        else:
            assert (moved_BT[:, max(place - 1, 0)] > 1e-6).all()  # a token of the prefix sees the next one


@pytest.mark.parametrize("splits", SPLITS, ids=lambda splits: "+".join(str(size) for size in splits[:4]))
def test_extending_a_memory_gives_the_logits_of_a_full_pass(model, config, tokens_BT, splits):
    if splits[0] < config.prefix:
        expected = np.asarray(eqx.filter_jit(lambda model, tokens: model(tokens, prefix=splits[0]))(model, tokens_BT))
    else:
        expected = np.asarray(forward(model, tokens_BT))
    logits_BTV, memory = eqx.filter_jit(lambda model, tokens: model.extend(tokens, model.empty((3,), CONTEXT), 0))(
        model, tokens_BT[:, : splits[0]]
    )
    at, parts = splits[0], [logits_BTV]
    for size in splits[1:]:
        logits_BTV, memory = extend(model, tokens_BT[:, at : at + size], memory, jnp.int32(at))
        parts.append(logits_BTV)
        at += size
    scale = np.abs(expected).max()
    np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, rtol=2e-5, atol=2e-5 * scale)


def test_every_weight_has_a_finite_gradient_and_some_pull(model, tokens_BT):
    def loss(model):
        log_p_BTV = jax.nn.log_softmax(model(tokens_BT[:, :-1]), axis=-1)
        right_BTV = jax.nn.one_hot(tokens_BT[:, 1:], log_p_BTV.shape[-1], dtype=log_p_BTV.dtype)
        return -(log_p_BTV * right_BTV).sum()

    _, routings = eqx.filter_jit(lambda model, tokens_BT: model.forward(tokens_BT))(model, tokens_BT[:, :-1])
    unused = tuple(
        f"blocks.{block}.channels.experts.{expert}."
        for block, routing in enumerate(routings)
        for expert in np.flatnonzero(np.asarray(routing.chosen_BN).sum(axis=0) == 0)
    )
    for name, gradient in named_arrays(jax.jit(jax.grad(loss))(model)).items():
        assert np.isfinite(gradient).all(), name
        # A shift of all keys by one vector changes no softmax, so a key's bias there has no gradient beyond rounding.
        # An expert that no token was sent to has none at all.
        assert name.endswith("key.bias_O") or (np.abs(gradient).max() > 0) == (not name.startswith(unused)), name


def test_parameters_by_formula_are_those_in_arrays(model, config):
    assert sum(array.size for array in named_arrays(model).values()) == parameter_count(config, VOCABULARY)
    mixers = named_arrays(model.blocks[0].mixer)
    assert sum(array.size for array in mixers.values()) == MIXERS[config.mixer].parameters(config)


def test_operations_by_formula_lie_between_the_products_and_all_that_is_computed(config):
    """The formula counts products and scans; norms, activations, masks and softmax it leaves out."""
    mixer = jax.eval_shape(lambda key: LanguageModel(config, VOCABULARY, key=key), jax.random.key(0)).blocks[0].mixer
    x_TD = jax.ShapeDtypeStruct((CONTEXT, config.width), jnp.float32)
    products, everything = operations(jax.make_jaxpr(lambda mixer, x_TD: mixer(x_TD))(mixer, x_TD).jaxpr)
    formula = MIXERS[config.mixer].flops(config, 0, CONTEXT) * CONTEXT
    assert 0.95 * products <= formula <= 1.05 * everything


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("name", CHANNELS)
def test_operations_of_channels_by_formula_are_their_products(name, bias):
    config = replace(BASE, channels=name, bias=bias)
    init = initialiser(config.init, config.blocks)
    channels = jax.eval_shape(lambda key: CHANNELS[name](init, key, config), jax.random.key(0))
    x_TD = jax.ShapeDtypeStruct((CONTEXT, config.width), jnp.float32)
    products, _ = operations(jax.make_jaxpr(lambda channels, x_TD: channels(x_TD))(channels, x_TD).jaxpr)
    assert CHANNELS[name].flops(config) * CONTEXT == products


def operations(jaxpr):
    """Operations of the matrix products and convolutions of a program, and of all its arithmetic; loops run out."""
    products = others = 0
    for step in jaxpr.eqns:
        out = step.outvars[0].aval
        if step.primitive.name == "dot_general":
            (contracted, _), _ = step.params["dimension_numbers"]
            products += 2 * prod(out.shape) * prod(step.invars[0].aval.shape[axis] for axis in contracted)
        elif step.primitive.name == "conv_general_dilated":
            kernel = step.invars[1].aval.shape
            products += 2 * prod(out.shape) * prod(kernel) // kernel[step.params["dimension_numbers"].rhs_spec[0]]
        inner = [each for each in jax.tree.leaves(list(step.params.values())) if hasattr(each, "eqns")]
        for each in inner:
            found, all_of_it = operations(each)
            times = step.params.get("length", 1)
            products += times * found
            others += times * (all_of_it - found)
        if not inner and jnp.issubdtype(out.dtype, jnp.floating) and step.primitive.name in ARITHMETIC:
            others += max(prod(each.aval.shape) for each in (*step.invars, step.outvars[0]))
    return products, products + others


ARITHMETIC = frozenset(
    {"add", "add_any", "sub", "mul", "div", "neg", "exp", "log", "log1p", "tanh", "logistic", "max", "min", "rsqrt"}
    | {"sqrt", "pow", "integer_pow", "square", "reduce_sum", "reduce_max", "cumsum", "select_n", "erf"}
)


def test_the_count_of_operations_is_the_compilers_where_it_has_no_loop():
    config = config_of("attention", "plain")
    mixer = LanguageModel(config, VOCABULARY, key=jax.random.key(0)).blocks[0].mixer
    x_TD = jnp.zeros((CONTEXT, config.width))
    _, everything = operations(jax.make_jaxpr(lambda mixer, x_TD: mixer(x_TD))(mixer, x_TD).jaxpr)
    compiled = jax.jit(lambda mixer, x_TD: mixer(x_TD)).lower(mixer, x_TD).compile()
    assert everything == pytest.approx(compiled.cost_analysis()["flops"], rel=0.05)
    assert flops_per_token(config, VOCABULARY) > 2 * MIXERS["attention"].flops(config, 0, CONTEXT)


def test_the_same_key_gives_the_same_bits_and_another_key_others(config, tokens_BT):
    one, same, other = (LanguageModel(config, VOCABULARY, key=jax.random.key(seed)) for seed in (5, 5, 6))
    assert weights_hash(named_arrays(one)) == weights_hash(named_arrays(same)) != weights_hash(named_arrays(other))
    assert (np.asarray(forward(one, tokens_BT)) == np.asarray(forward(same, tokens_BT))).all()


def test_weights_saved_and_loaded_are_the_model(model, config, tokens_BT, tmp_path):
    save_file(named_arrays(model), tmp_path / "model.safetensors")
    blank = LanguageModel(config, VOCABULARY, key=jax.random.key(9))
    loaded = with_arrays(blank, load_file(tmp_path / "model.safetensors"))
    assert (np.asarray(forward(loaded, tokens_BT)) == np.asarray(forward(model, tokens_BT))).all()
    assert (np.asarray(forward(loaded, tokens_BT)) != np.asarray(forward(blank, tokens_BT))).any()


MIXTURE = Mixture((("A->B", 20), ("B->C", 20), ("A->C", 5)))
TOLERANCE = 2e-5  # of a weight after ten steps of Adam at 1e-3, whose sums run in another order when stacked


class Heard:
    def __init__(self):
        self.weights = {}

    def receive(self, event):
        if isinstance(event, Finished):
            self.weights[event.member] = event.weights


def grown(config, count, **how):
    plan = [(config, Member(MIXTURE, init_seed=seed, data_seed=seed)) for seed in range(count)]
    with jax.numpy_dtype_promotion("standard"):  # as around the optimiser
        heard = Heard()
        return [heard.weights[name] for name in train_population(plan, heard, **how)]


FIRST = {mixer: next(iter(VARIANTS.get(mixer, DEFAULT))) for mixer in MIXERS}


@pytest.mark.parametrize(
    ("mixer", "variant"),
    [pytest.param(*case, marks=() if FIRST[case[0]] == case[1] else pytest.mark.slow) for case in CASES],
)
def test_a_population_grows_alike_under_both_layouts_and_a_member_as_it_does_alone(mixer, variant):
    config = PopulationConfig(
        model=replace(config_of(mixer, variant), init="gpt"),
        training=TrainingConfig(steps=10, batch=4),
        evaluation=EvaluationConfig(
            shots=1, panel=2, every=2, others=0, regular=10, log_spaced=False, paper_items=0, paper_final_items=0,
            paper_cuts=(), tasks=("A->B",), zero_shot=False, block=4,
        ),
    )  # fmt: skip
    pair = grown(config, 2, layout="workers", workers=1)
    (alone,) = grown(config, 1, layout="workers", workers=1)
    stacked = grown(config, 2, layout="stacked")
    assert weights_hash(pair[0]) == weights_hash(alone) != weights_hash(pair[1])
    for one, other in zip(pair, stacked, strict=True):
        assert one.keys() == other.keys()
        for name, array in one.items():
            np.testing.assert_allclose(array, other[name], rtol=0, atol=TOLERANCE, err_msg=name)
