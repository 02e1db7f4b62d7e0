"""Claims about the measures of two lemmas: they agree with derivatives and written-out sums, and they can fail."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.config.random import generator
from seedbed.evaluation import EvaluationConfig
from seedbed.interpretability import equation_three, output_change, parallel_prompts
from seedbed.interpretability.lemmas import equation_residual
from seedbed.models import LanguageModel, ModelConfig, scaled
from seedbed.tasks import Mixture, Vocabulary, World, triangle
from seedbed.training import Evaluated, Member, PopulationConfig, TrainingConfig
from seedbed.training.growth import Growth, Programs

LINEAR = ModelConfig(width=16, blocks=1, heads=1, context=29, mixer="linear")
WORLD = World(triangle())


def built(config, seed=0, scale=6.0):
    return scaled(LanguageModel(config, Vocabulary(WORLD.config).size, key=jax.random.key(seed)), jnp.float32(scale))


@pytest.fixture
def tokens_NT():
    return np.random.default_rng(0).integers(1, 27, size=(3, 12))


@pytest.mark.parametrize(
    "config", [ModelConfig(width=16, heads=2, context=12), ModelConfig(width=16, heads=1, blocks=1, mixer="linear")]
)
def test_the_output_moves_in_proportion_to_eps_and_by_the_directional_derivative(config, tokens_NT):
    model = built(config)
    found = output_change(model, tokens_NT, directions=2, seed=4)
    assert found.change_UE.shape == (2, 6)
    assert found.slope == pytest.approx(1, abs=0.01)

    shape = (2, config.blocks, 12, config.width)
    unit_ULTD = generator("attention directions", 4).normal(size=shape)
    unit_ULTD /= np.linalg.norm(unit_ULTD, axis=(2, 3), keepdims=True)
    with jax.enable_x64(True):
        double = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf), jnp.float64), model)

        def logits(shift_LTD):
            x_NTD = double._embed(jnp.asarray(tokens_NT, jnp.int32), jnp.arange(12))
            for block, shift_TD in zip(double.blocks, shift_LTD, strict=True):
                mixed_NTD = block.mixer(block.prepare(x_NTD))
                x_NTD = block.finish(x_NTD, mixed_NTD + jnp.broadcast_to(shift_TD, mixed_NTD.shape))[0]
            return double._logits(x_NTD)

        moves = [jax.jvp(logits, (0 * jnp.asarray(u_LTD),), (jnp.asarray(u_LTD),))[1] for u_LTD in unit_ULTD]
    expected = np.mean([np.square(np.asarray(move)).sum(axis=(1, 2)).mean() ** 0.5 for move in moves])
    assert found.gain == pytest.approx(expected, rel=1e-4)


def test_far_outside_the_linear_regime_the_slope_is_another(tokens_NT):
    """Where the perturbation outweighs the residual stream, the norm before the head stops it from growing."""
    found = output_change(
        built(ModelConfig(width=16, heads=2, context=12)), tokens_NT, epsilons=(1e3, 1e4, 1e5), directions=2
    )
    assert found.slope < 0.2


def test_a_slope_of_one_eps_is_refused(tokens_NT):
    with pytest.raises(UsageError, match="two or more eps above 0"):
        output_change(built(LINEAR), tokens_NT, epsilons=(1e-3,))


@given(st.integers(0, 1000))
def test_the_residual_is_equation_three_summed_place_by_place(seed):
    rng = np.random.default_rng(seed)
    z_NTD, d_NTD = rng.normal(size=(2, 2, 5, 4))
    d_NTD[:, 1:3] = 0
    key_DK, query_DK = rng.normal(size=(2, 4, 4))
    form_DD = key_DK @ query_DK.T
    left = size = 0.0
    for z_TD, d_TD in zip(z_NTD, d_NTD, strict=True):
        for j in range(5):
            for i in range(j + 1):
                if not (d_TD[i].any() or d_TD[j].any()):
                    continue
                (zi, di), (zj, dj) = (z_TD[i], d_TD[i]), (z_TD[j], d_TD[j])
                equation = zi @ form_DD @ dj + di @ form_DD @ zj + di @ form_DD @ dj
                ac, bc = zi @ form_DD @ zj, (zi + di) @ form_DD @ (zj + dj)
                assert equation == pytest.approx(bc - ac, abs=1e-9)
                left, size = left + equation**2, size + ac**2 + bc**2
    assert equation_residual(z_NTD, d_NTD, key_DK, query_DK) == pytest.approx((left / size) ** 0.5)


def test_prompts_in_parallel_ask_for_the_same_words():
    ac_NP, bc_NP, answer_NA = parallel_prompts(WORLD, ("A->C", "B->C"), np.arange(6), shots=2, seed=1)
    vocabulary = Vocabulary(WORLD.config)
    assert ac_NP.shape == bc_NP.shape == (6, 25) and answer_NA.shape == (6, 4)
    same_P = (ac_NP == bc_NP).all(axis=0)
    assert same_P.tolist() == ([False] * 4 + [True] * 6) * 2 + [False] * 4 + [True]
    for task, prompt_NP in (("A->C", ac_NP), ("B->C", bc_NP)):
        source, _ = task.split("->")
        words_NL = prompt_NP[:, 20:24] - vocabulary.first_symbol(source)
        assert (vocabulary.symbols("C", WORLD.translate(task, words_NL)) == answer_NA).all()
    with pytest.raises(UsageError, match="two tasks with one target"):
        parallel_prompts(WORLD, ("A->C", "A->B"), np.arange(6), shots=2, seed=1)


def test_weights_that_cannot_tell_the_two_inputs_apart_meet_the_equation_and_random_ones_do_not():
    config = ModelConfig(width=16, blocks=1, heads=1, context=29, mixer="linear", norm_order="post")
    model, prompts = built(config), parallel_prompts(WORLD, ("A->C", "B->C"), np.arange(0, 1680, 90), shots=1, seed=1)
    mixer = model.blocks[0].mixer
    # B's words are their translations in A, moved along one axis that neither K nor Q reads.
    unit_D = np.eye(16, dtype=np.float32)[3]
    table_VD, first = np.array(model.token_VD), Vocabulary(WORLD.config).first_symbol
    a_of_b_W = first("A") + WORLD.dictionary("B->A")
    table_VD[first("B") : first("B") + 8] = table_VD[a_of_b_W] + unit_D
    blind = [layer.weight_IO.at[3].set(0) for layer in (mixer.key, mixer.query)]
    moved = eqx.tree_at(
        lambda m: (m.token_VD, m.blocks[0].mixer.key.weight_IO, m.blocks[0].mixer.query.weight_IO),
        model,
        (jnp.asarray(table_VD), *blind),
    )
    # Every logit but one class is shut off, so both prompts are decoded alike.
    moved, model = (eqx.tree_at(lambda m: m.head.weight_IO, m, 0 * m.head.weight_IO) for m in (moved, model))
    held, failed = equation_three(moved, *prompts), equation_three(model, *prompts)
    assert held.alike == failed.alike == 1 and held.right == 0 and held.pairs == 19
    assert held.residual < 1e-6 < 0.1 < held.control
    assert failed.residual == pytest.approx(failed.control, rel=0.3) and failed.control > 0.5


def test_pairs_that_are_decoded_differently_are_left_out():
    prompts = parallel_prompts(WORLD, ("A->C", "B->C"), np.arange(0, 1680, 90), shots=1, seed=1)
    found = equation_three(built(LINEAR, scale=12.0), *prompts)
    assert found.alike < 1
    assert np.isnan(found.residual) == (found.alike == 0)


@pytest.mark.parametrize("changes", [{"mixer": "attention"}, {"blocks": 2}, {"heads": 2}, {"bias": True}])
def test_models_of_which_the_lemma_does_not_speak_are_refused(changes):
    model = built(ModelConfig(**{**vars(LINEAR), **changes}))
    with pytest.raises(UsageError, match="one block of one head of linear attention without biases"):
        equation_three(model, *parallel_prompts(WORLD, ("A->C", "B->C"), np.arange(3), shots=0, seed=1))


def test_a_linear_attention_model_grows_like_any_other_and_learns():
    config = PopulationConfig(
        model=ModelConfig(**{**vars(LINEAR), "context": 19}),
        training=TrainingConfig(steps=60, batch=16),
        evaluation=EvaluationConfig(shots=1, panel=2, regular=30, others=0, every=4, paper_items=0, paper_cuts=()),
    )
    member = Member(Mixture((("A->C", 200), ("B->C", 200))), learning_rate=1e-2)
    growth, losses = Growth(Programs(config), member, "linear"), []
    while not growth.done:
        losses += [
            row["loss"]
            for event in growth.advance()
            if isinstance(event, Evaluated)
            for row in event.rows
            if row["test"] == "train" and row["task"] == "all"
        ]
    # Told by frequency alone a token costs 3.13 nats: 1.47 for its language or end, 0.8 log 8 for its word.
    assert losses[0] == pytest.approx(np.log(27), abs=0.05) and losses[-1] < 2.9
