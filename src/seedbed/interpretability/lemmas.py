"""Two lemmas of Sinha (2024), section 4, measured on weights: a perturbed attention map, and inputs decoded alike.

Lemma 1: an attention map within eps of f moves the output by O(eps). Lemma 2: where a one-layer one-head linear-
attention model decodes x_AC = z and x_BC = z + d alike, z_i'K'Q d_j + d_i'K'Q z_j + d_i'K'Q d_j = 0 (equation 3). The
lemmas are the paper's; these measures of them, and the control, are ours.
"""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seedbed.config.errors import UsageError
from seedbed.config.random import generator
from seedbed.models import LanguageModel, TokenMixer
from seedbed.models.heads import HeadMixer
from seedbed.tasks import Vocabulary, World, sentences

EPSILONS = tuple(10.0**power for power in range(-7, -1))  # five decades
ROTATIONS = 32  # random pairs of K and Q in the control


@dataclass(frozen=True)
class OutputChange:
    """How far one member's logits move when its attention maps are moved by eps.

    change_UE: for each of U directions and E values of eps, the norm of the change of all logits of a prompt, root mean
    square over prompts.  slope: of log change against log eps by least squares, mean over directions; 1 says in
    proportion to eps.  gain: change / eps at the smallest eps, mean over directions: the constant in O(eps).
    """

    epsilon_E: Float[np.ndarray, " E"]
    change_UE: Float[np.ndarray, "U E"]

    @property
    def slope(self) -> float:
        """d log change / d log eps."""
        slope_U, _ = np.polyfit(np.log(self.epsilon_E), np.log(self.change_UE).T, 1)
        return float(slope_U.mean())

    @property
    def gain(self) -> float:
        """Norm of logits a unit of eps."""
        smallest = int(self.epsilon_E.argmin())
        return float((self.change_UE[:, smallest] / self.epsilon_E[smallest]).mean())


def output_change(
    model: LanguageModel,
    token_NT: Int[np.ndarray, "N T"],
    *,
    epsilons: tuple[float, ...] = EPSILONS,
    directions: int = 8,
    seed: int = 0,
) -> OutputChange:
    """Lemma 1 on one member: f(x) becomes f(x) + eps u in every block, u fixed and of unit norm.

    f is what the token mixer writes, after its output layer; u is drawn uniformly among the [T, D] matrices of
    Frobenius norm 1, another one for each block and direction, the same for every prompt. Computed in double precision:
    in single precision rounding drowns eps below about 1e-4.
    Raises `UsageError` for an eps that is not above 0, and for fewer than two.
    """
    if len(epsilons) < 2 or min(epsilons) <= 0:
        raise UsageError(f"a slope needs two or more eps above 0, got {epsilons}")
    shape = (directions, len(model.blocks), token_NT.shape[1], model.config.width)
    unit_ULTD = generator("attention directions", seed).normal(size=shape)
    unit_ULTD /= np.linalg.norm(unit_ULTD, axis=(2, 3), keepdims=True)
    change_UE = np.empty((directions, len(epsilons)))
    with jax.enable_x64(True):
        double = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf), jnp.float64), model)
        read_NT = jnp.asarray(token_NT, jnp.int32)
        still_NTV = np.asarray(_shifted_logits(double, jnp.zeros(shape[1:], jnp.float64), read_NT))
        for direction, unit_LTD in enumerate(unit_ULTD):
            for place, epsilon in enumerate(epsilons):
                moved_NTV = np.asarray(_shifted_logits(double, jnp.asarray(epsilon * unit_LTD), read_NT))
                square_N = np.square(moved_NTV - still_NTV).sum(axis=(1, 2))
                change_UE[direction, place] = square_N.mean() ** 0.5
    return OutputChange(np.array(epsilons), change_UE)


@dataclass(frozen=True)
class EquationThree:
    """The residual of equation 3 in one member.

    residual: norm of the left side over the norm of the scores it is the difference of,
    ||S_BC - S_AC|| / sqrt(||S_AC||^2 + ||S_BC||^2), over pairs of places of which d moves at least one, in pairs of
    prompts that the member decodes alike: 0 where the lemma holds, 1 for unrelated scores of one size, at most sqrt(2);
    nan where no pair is decoded alike.  control: the same, mean over ROTATIONS random K and Q with the singular values
    of the member's own.  alike: share of pairs decoded alike.  right: share in which both answers are right.  pairs: n.
    """

    residual: float
    control: float
    alike: float
    right: float
    pairs: int


def equation_three(
    model: LanguageModel,
    ac_NP: Int[np.ndarray, "N P"],
    bc_NP: Int[np.ndarray, "N P"],
    answer_NA: Int[np.ndarray, "N A"],
    *,
    seed: int = 0,
) -> EquationThree:
    """Lemma 2 on one member, for pairs of prompts with one answer, such as `parallel_prompts` makes.

    z_i is what the mixer reads at place i of the A->C prompt and its answer, z_i + d_i of the B->C prompt; with
    S_ij = z_i'K'Q z_j the score of key i for query j >= i, the left side of equation 3 is S_BC - S_AC. Alike: the same
    most likely token at every place of the answer, given the true answer before it. The lemma says nothing of how z and
    d arise, so a norm before the mixer is allowed. Scores are compared before the factor 1/sqrt(width), which cancels.

    Raises `UsageError` for any model but one block of one head of linear attention without biases.
    """
    config = model.config
    if (config.mixer, config.blocks, config.heads, config.bias) != ("linear", 1, 1, False):
        raise UsageError(
            "Lemma 2 speaks of one block of one head of linear attention without biases, got "
            f"mixer {config.mixer}, {config.blocks} blocks, {config.heads} heads, bias {config.bias}"
        )
    ac_NT, bc_NT = (jnp.asarray(np.hstack([prompt, answer_NA[:, :-1]]), jnp.int32) for prompt in (ac_NP, bc_NP))
    said_2NA = np.stack([_most_likely(model, each)[:, ac_NP.shape[1] - 1 :] for each in (ac_NT, bc_NT)])
    alike_N = (said_2NA[0] == said_2NA[1]).all(axis=1)
    z_NTD, other_NTD = (np.asarray(model.mixer_input(each), np.float64)[alike_N] for each in (ac_NT, bc_NT))
    mixer = model.blocks[0].mixer
    assert isinstance(mixer, HeadMixer)
    key_DK, query_DK = (np.asarray(layer.weight_IO, np.float64) for layer in (mixer.key, mixer.query))
    rng = generator("rotated keys and queries", seed)
    controls = []
    for _ in range(ROTATIONS):
        key_turn_DD, query_turn_DD = _rotation(rng, config.width), _rotation(rng, config.width)
        controls.append(equation_residual(z_NTD, other_NTD - z_NTD, key_turn_DD @ key_DK, query_turn_DD @ query_DK))
    return EquationThree(
        residual=equation_residual(z_NTD, other_NTD - z_NTD, key_DK, query_DK),
        control=float(np.mean(controls)),
        alike=float(alike_N.mean()),
        right=float((said_2NA == answer_NA).all(axis=(0, 2)).mean()),
        pairs=len(alike_N),
    )


def equation_residual(
    z_NTD: Float[np.ndarray, "N T D"],
    d_NTD: Float[np.ndarray, "N T D"],
    key_DK: Float[np.ndarray, "D K"],
    query_DK: Float[np.ndarray, "D K"],
) -> float:
    """The normalised residual of equation 3, as `EquationThree` has it; nan without rows or without any d."""
    form_DD = key_DK @ query_DK.T  # K'Q, with rows for the place that is read

    def scores(read_NTD: np.ndarray, reading_NTD: np.ndarray) -> np.ndarray:
        return np.einsum("nid,njd->nij", read_NTD @ form_DD, reading_NTD)

    left_NTT = scores(z_NTD, d_NTD) + scores(d_NTD, z_NTD) + scores(d_NTD, d_NTD)
    moved_NT = np.abs(d_NTD).max(axis=2) > 0
    counted_NTT = np.triu(moved_NT[:, :, None] | moved_NT[:, None, :])
    ac_NTT = scores(z_NTD, z_NTD)
    size = np.square(ac_NTT[counted_NTT]).sum() + np.square((ac_NTT + left_NTT)[counted_NTT]).sum()
    return float((np.square(left_NTT[counted_NTT]).sum() / size) ** 0.5) if size > 0 else float("nan")


def parallel_prompts(
    world: World,
    tasks: tuple[str, str],
    question_N: Int[np.ndarray, " N"],
    *,
    shots: int,
    seed: int,
) -> tuple[Int[np.ndarray, "N P"], Int[np.ndarray, "N P"], Int[np.ndarray, "N A"]]:
    """Pairs of prompts of two tasks with one target language that ask for the same answers: x_AC and x_BC.

    Shots are random sentences, each in both prompts in its own language; the last array holds the answers.
    Raises `UsageError` for tasks with different targets or with one source.
    """
    (one, target), (other, other_target) = (task.split("->") for task in tasks)
    if target != other_target or one == other:
        raise UsageError(f"parallel prompts need two tasks with one target, such as A->C and B->C; got {tasks}")
    config, vocabulary = world.config, Vocabulary(world.config)
    number_NS = generator("parallel prompts", seed).integers(config.sentences, size=(len(question_N), shots))
    number_NS = np.hstack([number_NS, question_N[:, None]])
    between_W = world.dictionary(f"{one}->{other}")
    first_T = int(np.nonzero(vocabulary.answer_mask())[0][0])
    prompts, answer_NA = [], np.empty((0, 0), np.int32)
    for task, words_W in zip(tasks, (np.arange(config.words), between_W), strict=True):
        rows = [
            vocabulary.instances(
                world, task, words_W[sentences.sentence(number_N, config.words, config.length, config.distinct)]
            )
            for number_N in number_NS.T
        ]
        prompts.append(np.hstack([*rows[:-1], rows[-1][:, :first_T]]))
        answer_NA = rows[-1][:, vocabulary.answer_mask()]  # the same in both tasks
    return prompts[0], prompts[1], answer_NA


class _Shifted(eqx.Module):
    """A token mixer whose every output is moved by the same amount."""

    mixer: TokenMixer
    shift_TD: Array

    def __call__(
        self, x_NTD: Float[Array, "*N T D"], *, prefix: int = 0, key: PRNGKeyArray | None = None
    ) -> Float[Array, "*N T D"]:
        mixed_NTD = self.mixer(x_NTD, prefix=prefix, key=key)
        return mixed_NTD + jnp.broadcast_to(self.shift_TD, mixed_NTD.shape)


@eqx.filter_jit
def _most_likely(model: LanguageModel, token_NT: Array) -> Int[Array, "N T"]:
    return model(token_NT).argmax(axis=-1)


@eqx.filter_jit
def _shifted_logits(model: LanguageModel, shift_LTD: Array, token_NT: Array) -> Float[Array, "N T V"]:
    mixers = [_Shifted(block.mixer, shift_TD) for block, shift_TD in zip(model.blocks, shift_LTD, strict=True)]
    return eqx.tree_at(lambda model: [block.mixer for block in model.blocks], model, mixers)(token_NT)


def _rotation(rng: np.random.Generator, width: int) -> Float[np.ndarray, "D D"]:
    """A rotation or reflection, all alike (Stewart 1980): QR with the signs of R's diagonal taken out."""
    unit_DD, upper_DD = np.linalg.qr(rng.normal(size=(width, width)))
    return unit_DD * np.sign(np.diag(upper_DD))
