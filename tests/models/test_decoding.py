import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.config import UsageError
from seedbed.models import MIXERS, LanguageModel, ModelConfig, Sampling, generate, stream, surplus
from seedbed.models.decoding import CHUNK

VOCABULARY = 13
GREEDY = Sampling(temperature=0.0)
KEY = jax.random.key(7)


def model_of(**changes) -> LanguageModel:
    config = ModelConfig(**{"width": 16, "blocks": 2, "heads": 4, "context": 24, **changes})
    model = LanguageModel(config, VOCABULARY, key=jax.random.key(1))
    return jax.tree.map(lambda leaf: 4 * leaf if leaf.ndim > 1 else leaf, model)  # logits far enough apart


whole = eqx.filter_jit(lambda model, tokens: model(tokens))


def greedy_slowly(model, prompt, count):
    """The most likely token of a whole forward pass, again and again."""
    padded = np.zeros(len(prompt) + count, np.int32)  # a model reads nothing that comes later
    padded[: len(prompt)] = prompt
    for at in range(len(prompt), len(padded)):
        padded[at] = int(jnp.argmax(whole(model, jnp.asarray(padded))[at - 1, :VOCABULARY]))
    return padded[len(prompt) :].tolist()


@pytest.mark.parametrize("mixer", MIXERS)
def test_greedy_text_is_that_of_whole_forward_passes(mixer):
    model = model_of(mixer=mixer)
    prompts = [[3], [1, 2, 3, 4, 5], [7, 7, 7]]
    assert generate(model, prompts, 12, GREEDY, KEY) == [greedy_slowly(model, prompt, 12) for prompt in prompts]


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "none"])
@pytest.mark.parametrize("order", ["pre", "post"])
def test_the_same_for_positions_and_norms(positions, order):
    model = model_of(positions=positions, norm_order=order, spare_classes=1, bias=True)
    assert generate(model, [[5, 6]], 20, GREEDY, KEY) == [greedy_slowly(model, [5, 6], 20)]


@pytest.mark.parametrize(
    "changes",
    [
        *({"mixer": mixer} for mixer in MIXERS),
        {"window": (0, 5), "key_value_heads": 2, "positions": "rotary"},
        {"window": (90,), "positions": "alibi"},
        {"prefix": 3, "mixer": "attention"},
    ],
    ids=str,
)
def test_a_memory_grows_with_the_text(changes):
    model = model_of(context=160, **changes)
    prompt = [1, 2, 3, 4]
    assert generate(model, [prompt], 150, GREEDY, KEY) == [greedy_slowly(model, prompt, 150)]


@pytest.mark.parametrize("window", [(), (4,), (0, 2)], ids=str)
@pytest.mark.parametrize("length", [1, 2, 5, 6, 7])
def test_a_prompt_as_long_as_the_prefix_is_read_as_a_whole_forward_pass_reads_it(length, window):
    """A prefix of 6: prompts within it, as long as it and longer; what is said stands outside of it."""
    model = model_of(prefix=6, window=window)
    forward = eqx.filter_jit(lambda model, tokens: model(tokens, prefix=min(6, length)))
    prompts = np.random.default_rng(length).integers(VOCABULARY, size=(8, length)).tolist()
    texts = np.zeros((8, length + 5), np.int32)
    texts[:, :length] = prompts
    for at in range(length, length + 5):
        texts[:, at] = np.argmax(forward(model, jnp.asarray(texts))[:, at - 1], axis=-1)
    assert generate(model, prompts, 5, GREEDY, KEY) == texts[:, length:].tolist()


def test_prompts_as_long_as_the_prefix_and_longer_share_a_batch():
    model = model_of(prefix=4)
    prompts = [[1, 2, 3, 4], [5, 6, 7, 8, 9, 10]]
    assert generate(model, prompts, 5, GREEDY, KEY) == [generate(model, [each], 5, GREEDY, KEY)[0] for each in prompts]


def test_a_long_prompt_is_read_in_blocks():
    model = model_of(context=300)
    prompt = np.random.default_rng(0).integers(VOCABULARY, size=150).tolist()
    assert generate(model, [prompt, prompt[:70]], 9, GREEDY, KEY) == [
        greedy_slowly(model, prompt, 9),
        greedy_slowly(model, prompt[:70], 9),
    ]


@settings(max_examples=8)
@given(
    st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=9), min_size=1, max_size=3),
    st.integers(0, 2**20),
)
def test_a_row_does_not_depend_on_the_others(prompts, seed):
    model, sampling = model_of(), Sampling(temperature=0.8, top_k=9, repetition_penalty=1.3)
    together = generate(model, prompts, 6, sampling, jax.random.key(seed))
    for row in range(len(prompts)):
        alone = generate(model, prompts[: row + 1], 6, sampling, jax.random.key(seed))
        assert alone[row] == together[row]


def test_a_prompt_longer_than_the_context_keeps_its_last_tokens():
    model = model_of(context=8)
    prompt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert surplus(model, 8) == 0
    assert surplus(model, 10) == 3
    assert generate(model, [prompt], 5, GREEDY, KEY) == generate(model, [prompt[3:]], 5, GREEDY, KEY)


def test_beyond_the_context_the_later_half_is_read_again():
    model = model_of(context=8)
    text = [1, 2, 3]
    window = list(text)
    for _ in range(20):
        if len(window) > 8:
            window = window[-4:]
        window += greedy_slowly(model, window, 9 - len(window))[:1]
        text.append(window[-1])
    assert generate(model, [[1, 2, 3]], 20, GREEDY, KEY) == [text[3:]]


def test_without_positions_everything_is_remembered():
    model = model_of(context=8, positions="none")
    assert generate(model, [[1, 2, 3]], 90, GREEDY, KEY) == [greedy_slowly(model, [1, 2, 3], 90)]


def test_a_text_ends_with_its_stop():
    model = model_of()
    (whole,) = generate(model, [[3]], 20, Sampling(), KEY)
    stop = whole[9]
    (ended,) = generate(model, [[3]], 20, Sampling(), KEY, stop=stop)
    assert ended == whole[: whole.index(stop)]
    other = whole[5]
    (earlier,) = generate(model, [[3]], 20, Sampling(), KEY, stop=(stop, other))
    assert earlier == whole[: min(whole.index(stop), whole.index(other))]


def test_a_stream_is_the_text_in_chunks():
    model, count = model_of(context=200), 2 * CHUNK + 5
    chunks = list(stream(model, [[3], [4, 5, 6]], count, Sampling(), KEY))
    assert [[token for chunk in chunks for token in chunk[row]] for row in (0, 1)] == generate(
        model, [[3], [4, 5, 6]], count, Sampling(), KEY
    )
    assert len(chunks) > 2
    assert all(len(row) <= CHUNK for chunk in chunks for row in chunk)


def test_texts_do_not_depend_on_threads():
    model, prompts = model_of(), [[row % VOCABULARY, 1, 2][: 1 + row % 3] for row in range(19)]
    alone = generate(model, prompts, 12, Sampling(), KEY, stop=5)
    assert generate(model, prompts, 12, Sampling(), KEY, stop=5, threads=3) == alone
    assert len({tuple(row) for row in alone}) > 10
    assert alone[:9] == generate(model, prompts[:9], 12, Sampling(), KEY, stop=5)


def test_spare_classes_are_never_said():
    model = model_of(spare_classes=3)
    (said,) = generate(model, [[0]], 200, Sampling(temperature=50.0), KEY)
    assert set(said) == set(range(VOCABULARY))


def test_a_high_penalty_says_every_token_before_it_repeats_one():
    (said,) = generate(model_of(), [[0]], VOCABULARY - 1, Sampling(temperature=0.0, repetition_penalty=1e6), KEY)
    assert sorted([0, *said]) == list(range(VOCABULARY))


@pytest.mark.parametrize(
    ("prompts", "count", "why"),
    [
        ([], 5, "at least one prompt is needed"),
        ([[1], []], 5, "at least one token"),
        ([[1, VOCABULARY]], 5, f"token {VOCABULARY} of a prompt is not in the vocabulary: 0 to {VOCABULARY - 1}"),
        ([[-1]], 5, "token -1 of a prompt"),
        ([[1]], 0, r"must lie in 1\.\.1,000,000, got 0"),
        ([[1]], 10**7, "got 10000000"),
    ],
)
def test_what_cannot_be_asked_is_refused(prompts, count, why):
    with pytest.raises(UsageError, match=why):
        generate(model_of(), prompts, count, GREEDY, KEY)
