"""Claims about windows of several documents: attention reads its own document alone, however long the window is."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import MIXERS, LanguageModel, ModelConfig

FORWARD = eqx.filter_jit(lambda model, tokens, documents: model.forward(tokens, document_BT=documents)[0])


@pytest.mark.parametrize(
    ("length", "window", "positions"),
    [(40, (), "rotary"), (40, (7,), "alibi"), (700, (), "alibi"), (700, (70,), "rotary")],
)
def test_each_document_has_the_logits_that_it_has_alone(length, window, positions):
    config = ModelConfig(width=8, blocks=1, heads=2, context=length, positions=positions, window=window)
    model = LanguageModel(config, 11, key=jax.random.key(0))
    token_BT = jax.random.randint(jax.random.key(1), (2, length), 0, 11)
    document_BT = jnp.cumsum(jax.random.bernoulli(jax.random.key(2), 4 / length, (2, length)), axis=1)
    both_BTV = FORWARD(model, token_BT, document_BT)
    found = 0
    for row in range(2):
        for number in np.unique(document_BT[row]):
            own_T = np.flatnonzero(np.asarray(document_BT[row]) == number)
            alone_T = (
                jnp.zeros(length, jnp.int32).at[: len(own_T)].set(token_BT[row, own_T])
            )  # what follows is not seen
            alone_BTV = FORWARD(model, jnp.stack([alone_T, alone_T]), None)
            np.testing.assert_allclose(both_BTV[row, own_T], alone_BTV[0, : len(own_T)], rtol=1e-3, atol=1e-4)
            found += 1
    assert found > 4


def test_a_mixer_that_reads_across_documents_says_so():
    assert [name for name, mixer in MIXERS.items() if mixer.keeps_documents] == ["attention"]
    for name in MIXERS:
        if name != "attention":
            model = LanguageModel(ModelConfig(width=8, heads=2, mixer=name), 11, key=jax.random.key(0))
            with pytest.raises(TypeError, match="reads a window through"):
                model.forward(jnp.zeros((1, 5), jnp.int32), document_BT=jnp.zeros((1, 5), jnp.int32))
