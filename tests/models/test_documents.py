"""Claims about windows of several documents: attention reads its own document alone, however long the window is."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seedbed.models import MIXERS, LanguageModel, ModelConfig

FORWARD = eqx.filter_jit(lambda model, tokens, documents: model.forward(tokens, document_BT=documents)[0])


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
@pytest.mark.parametrize(("length", "window"), [(40, ()), (40, (7,)), (1100, ()), (1100, (70,))])
def test_each_document_has_the_logits_that_it_has_alone(length, window, positions):
    config = ModelConfig(width=8, blocks=1, heads=2, context=length, positions=positions, window=window)
    model = LanguageModel(config, 11, key=jax.random.key(0))
    token_BT = jax.random.randint(jax.random.key(1), (2, length), 0, 11)
    document_BT = jnp.cumsum(jax.random.bernoulli(jax.random.key(2), 5 / length, (2, length)), axis=1)
    both_BTV = FORWARD(model, token_BT, document_BT)
    found = 0
    for row in range(2):
        for number in np.unique(document_BT[row]):
            own_T = np.flatnonzero(np.asarray(document_BT[row]) == number)
            alone_TV = FORWARD(model, token_BT[row : row + 1, own_T], None)[0]
            np.testing.assert_allclose(both_BTV[row, own_T], alone_TV, rtol=1e-3, atol=1e-4)
            found += 1
    assert found > 4


def test_a_mixer_that_reads_across_documents_says_so():
    assert [name for name, mixer in MIXERS.items() if mixer.keeps_documents] == ["attention"]
    for name in MIXERS:
        if name != "attention":
            model = LanguageModel(ModelConfig(width=8, heads=2, mixer=name), 11, key=jax.random.key(0))
            with pytest.raises(TypeError, match="reads a window through"):
                model.forward(jnp.zeros((1, 5), jnp.int32), document_BT=jnp.zeros((1, 5), jnp.int32))
