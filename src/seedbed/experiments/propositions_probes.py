"""What is asked of the last weights of a propositions run: prompts that mix or contradict tasks, and the two lemmas.

A prompt's pattern is one letter a shot, `b` for A->B, `c` for A->C, `x` for an A->B whose translations are wrong (each
the next word of B), and a question in A. In the stream every window holds one task, so a mixed prompt can only be read
by a predictor that allows for noise: exact Bayes with NOISE, the chance that an instance is of another task or a word
is any word.
"""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Int

from seedbed.config.random import generator
from seedbed.experiments.results import Results, settings_of
from seedbed.interpretability import equation_three, output_change, parallel_prompts
from seedbed.models import LanguageModel, with_arrays
from seedbed.tasks import BayesPredictor, Vocabulary, World, sentences
from seedbed.training import Member, PopulationConfig

PATTERNS = ("b", "c", "bc", "cb", "bbc", "bcb", "cbb", "bcc", "cbc", "ccb", "x", "xx", "xxx", "bx", "xb")
NOISE = 0.05
QUESTIONS = 32
TASK_OF = {"b": "A->B", "c": "A->C", "x": "A->B"}


def final_models(results: Results, **labels: object) -> Iterator[tuple[LanguageModel, PopulationConfig, Member, dict]]:
    """The trained models of the finished members with these labels, and their rows."""
    rows = results.members.filter(pl.col("state") == "finished")
    for name, value in labels.items():
        rows = rows.filter(pl.col(name) == value)
    for row in rows.iter_rows(named=True):
        config, member = settings_of(row["config"])
        blank = LanguageModel(config.model, config.vocabulary, key=jax.random.key(0))
        yield with_arrays(blank, results.run.weights(row["member"])), config, member, row


def prompts(world: World, pattern: str, questions: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Prompts of a pattern [N, P], and the numbers of the questions' sentences [N]; shots are sentences at random."""
    config, vocabulary = world.config, Vocabulary(world.config)
    rng = generator(f"prompts {pattern}", seed)
    number_NS = rng.integers(config.sentences, size=(questions, len(pattern) + 1))
    parts = []
    for letter, number_N in zip(pattern, number_NS.T, strict=False):
        source_NL = sentences.sentence(number_N, config.words, config.length, config.distinct)
        token_NT = vocabulary.instances(world, TASK_OF[letter], source_NL)
        parts.append(_next_words(vocabulary, token_NT) if letter == "x" else token_NT)
    asked_NL = sentences.sentence(number_NS[:, -1], config.words, config.length, config.distinct)
    whole_NT = vocabulary.instances(world, "A->B", asked_NL)
    first = int(np.nonzero(vocabulary.answer_mask())[0][0])
    return np.hstack([*parts, whole_NT[:, :first]]).astype(np.int64), number_NS[:, -1]


def _next_words(vocabulary: Vocabulary, token_NT: Int[np.ndarray, "N T"]) -> Int[np.ndarray, "N T"]:
    """Instances of A->B with every answer's word replaced by the next word of B: none is right."""
    first, words = vocabulary.first_symbol("B"), vocabulary.config.words
    is_answer_NT = np.broadcast_to(vocabulary.answer_mask(), token_NT.shape) & (token_NT >= first)
    return np.where(is_answer_NT, first + (token_NT - first + 1) % words, token_NT)


def mixed_prompts(results: Results, **labels: object) -> pl.DataFrame:
    """For each member and pattern: the probability of the next token being a word of B and of C, by the model and by
    Bayes with noise, mean over QUESTIONS questions; and whether the likeliest is the right word of B, or of C.

    Columns pattern, member, model_b, model_c, bayes_b, bayes_c, right_b, right_c.
    """
    rows = []
    for model, config, member, row in final_models(results, **labels):
        world, vocabulary = World(config.languages), Vocabulary(config.languages)
        predictor = BayesPredictor(world, member.mixture, noise=NOISE)
        for pattern in PATTERNS:
            if config.model.context < len(pattern) * vocabulary.instance_tokens + world.config.length + 1:
                continue
            prompt_NP, number_N = prompts(world, pattern, QUESTIONS, member.data_seed)
            model_NV = np.asarray(_next_chances(model, jnp.asarray(prompt_NP, jnp.int32)), np.float64)
            bayes_NV = np.exp(predictor.predict(prompt_NP).log_next_NTV[:, -1])
            found: dict[str, object] = {"pattern": pattern, "member": row["member"]}
            source_NL = sentences.sentence(number_N, world.config.words, world.config.length, world.config.distinct)
            for language in ("B", "C"):
                first = vocabulary.first_symbol(language)
                block = slice(first, first + world.config.words)
                right_N = first + world.translate(f"A->{language}", source_NL)[:, 0]
                found[f"model_{language.lower()}"] = float(model_NV[:, block].sum(axis=1).mean())
                found[f"bayes_{language.lower()}"] = float(bayes_NV[:, block].sum(axis=1).mean())
                found[f"right_{language.lower()}"] = float((model_NV.argmax(axis=1) == right_N).mean())
            rows.append(found)
    return pl.DataFrame(rows)


def lemma_one(results: Results, **labels: object) -> pl.DataFrame:
    """Slope of log output change against log eps, and the gain, a member each; prompts of A->C after three shots."""
    rows = []
    for model, config, member, row in final_models(results, **labels):
        prompt_NP, _ = prompts(World(config.languages), "ccc", 8, member.data_seed)
        change = output_change(model, prompt_NP, seed=member.data_seed)
        rows.append({"member": row["member"], "slope": change.slope, "gain": change.gain})
    return pl.DataFrame(rows)


def lemma_two(results: Results, **labels: object) -> pl.DataFrame:
    """Residual of equation 3 on trained weights and under rotated keys and queries, a member each."""
    rows = []
    for model, config, member, row in final_models(results, **labels):
        world = World(config.languages)
        question_N = generator("lemma 2", member.data_seed).integers(world.config.sentences, size=2 * QUESTIONS)
        ac_NP, bc_NP, answer_NA = parallel_prompts(world, ("A->C", "B->C"), question_N, shots=2, seed=member.data_seed)
        found = equation_three(model, ac_NP, bc_NP, answer_NA, seed=member.data_seed)
        rows.append({"member": row["member"], **vars(found)})
    return pl.DataFrame(rows)


@eqx.filter_jit
def _next_chances(model: LanguageModel, prompt_NP: jax.Array) -> jax.Array:
    return jax.nn.softmax(model(prompt_NP)[:, -1], axis=-1)
