"""What a population is (static: one compiled program) and what its members differ in (data)."""

from dataclasses import dataclass, field
from math import inf
from typing import Literal

from seedbed.config.canonical import from_plain, to_plain
from seedbed.config.errors import UsageError
from seedbed.config.nearest import unknown_name
from seedbed.data import TextConfig
from seedbed.evaluation import EvaluationConfig
from seedbed.models import ModelConfig, check_all_meant
from seedbed.tasks import Mixture, RecallConfig, WorldConfig

MOST_STEPS = 10_000_000
TEXT_MIXTURE = Mixture((("text", 1),))  # a member of text reads its corpus
Optimiser = Literal["adamw", "keras-adam", "muon"]


@dataclass(frozen=True)
class TrainingConfig:
    """How a member is trained.

    steps: number of training steps.  batch: windows per step.  windows: how windows are cut from the stream: at the
    same places every epoch (fixed) or anywhere (random); from a corpus, anywhere (random) or as whole documents packed
    together, with attention limited to one document (packed).  objective: the mean loss over all tokens (pooled), or
    the mean over tasks of each task's mean loss (per-task; Proposition 1 of Sinha 2024).  optimiser: AdamW with the
    gradients clipped by their global norm, Adam as in Keras with each variable's gradient clipped separately, or Muon
    for the matrices inside blocks and AdamW for the rest.  clip: largest norm of a gradient.  b1: decay rate of Adam's
    first moment.  b2: decay rate of Adam's second moment.  epsilon: constant added to the square root of the second
    moment.  schedule: learning-rate schedule: constant, cosine, or warm-up, stable and decay.  warmup: steps in which
    the learning rate rises from 0.  warmup_from_zero: the first step has learning rate 0 and the peak comes one step
    later, as in many PyTorch scripts.  decay: fraction of the steps, at the end, in which the learning rate falls to 0
    (stable-decay).  decayed: the parameters to which weight decay applies, matrices or all.  pretraining: number of
    initial steps that read each member's `pretraining` mixture instead of its own mixture.  shards: processes, or
    devices of an accelerator, that share a member's batch; the bits of the result depend on this number.  averaging:
    decay rate of an exponential moving average of the weights, which is evaluated and saved instead of the weights; 0
    turns it off.  patience: for text models, the number of evaluations without a lower held-out loss after which
    training stops; 0 never stops it.  precision: number format of matrix products during training; weights, optimiser
    state and evaluation are always float32. bfloat16 is faster on accelerators only.
    """

    steps: int = 600
    batch: int = 64
    windows: Literal["fixed", "random", "packed"] = "random"
    objective: Literal["pooled", "per-task"] = "pooled"
    optimiser: Optimiser = "adamw"
    clip: float = 1.0
    b1: float = 0.9
    b2: float = 0.99
    epsilon: float = 1e-8
    schedule: Literal["constant", "cosine", "stable-decay"] = "constant"
    warmup: int = 20
    decay: float = 0.2
    warmup_from_zero: bool = False
    decayed: Literal["matrices", "all"] = "matrices"
    pretraining: int = 0
    shards: int = 1
    averaging: float = 0.0
    patience: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "shards"):
            if getattr(self, name) < 1:
                raise UsageError(f"training.{name} must be at least 1, got {getattr(self, name)}")
        if self.batch % self.shards:
            raise UsageError(f"training.shards must divide training.batch of {self.batch}, got {self.shards}")
        if self.steps > MOST_STEPS:
            raise UsageError(f"training.steps may be at most {MOST_STEPS:,}, got {self.steps:,}")
        if not 0 <= self.pretraining < self.steps:
            raise UsageError(
                f"training.pretraining must be 0 or more and leave a step of the {self.steps}, got {self.pretraining}"
            )
        for name in ("clip", "epsilon"):
            if not 0 < getattr(self, name) < inf:
                raise UsageError(f"training.{name} must be a finite number above 0, got {getattr(self, name)}")
        if self.patience < 0:
            raise UsageError(f"training.patience must be 0 or more, got {self.patience}")
        for name in ("b1", "b2", "averaging"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"training.{name} must lie in 0..1 (1 left out), got {getattr(self, name)}")
        if self.warmup < 0 or not 0 <= self.decay <= 1:
            raise UsageError(f"training.warmup must be 0 or more and decay in 0..1, got {self.warmup} and {self.decay}")


@dataclass(frozen=True)
class PopulationConfig:
    """Everything that the members of a population share. world: languages to translate, pairs to recall, or text."""

    world: WorldConfig | RecallConfig | TextConfig = field(default_factory=WorldConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)

    def __post_init__(self) -> None:
        _kind_of(self.world).check(self)
        for task in self.evaluation.tasks:
            if task not in self.world.tasks:
                raise unknown_name("task", task, self.world.tasks, where="in evaluation.tasks")
        check_all_meant(self.model)

    @property
    def languages(self) -> WorldConfig:
        """The world, where it is one of languages. Raises `UsageError` where pairs are recalled."""
        if not isinstance(self.world, WorldConfig):
            raise UsageError("this needs a world of languages to translate; the members here grew in another")
        return self.world

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return _kind_of(self.world).vocabulary(self.world)

    @property
    def tokens_per_step(self) -> int:
        """Target tokens of a full batch."""
        return self.training.batch * self.model.context

    @property
    def flops_per_step(self) -> int:
        """Floating-point operations of a training step, forward and backward."""
        from seedbed.models import flops_per_token

        return 3 * self.tokens_per_step * flops_per_token(self.model, self.vocabulary)


@dataclass(frozen=True)
class Member:
    """One model of a population: its stream, its seeds and its hyperparameters, all of them data to the program.

    pretraining: the stream of the first steps, where the population has such steps.
    """

    mixture: Mixture
    init_seed: int = 0
    data_seed: int = 0
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    init_scale: float = 1.0
    pretraining: Mixture | None = None

    def __post_init__(self) -> None:
        for name in ("init_seed", "data_seed"):
            if not 0 <= getattr(self, name) < 2**32:
                raise UsageError(f"{name} must lie in 0..2^32-1, got {getattr(self, name)}")
        for name in ("learning_rate", "init_scale"):
            if not 0 < getattr(self, name) < inf:
                raise UsageError(f"{name} must be a finite number above 0, got {getattr(self, name)}")
        if not 0 <= self.weight_decay < inf:
            raise UsageError(f"weight_decay must be a finite number of 0 or more, got {self.weight_decay}")


def check_member(config: PopulationConfig, member: Member) -> None:
    """Refuse, before anything is trained, values of a wrong type or name and a member that this world cannot feed."""
    for each in (config, member):
        from_plain(type(each), to_plain(each, defaults=True))
    if (member.pretraining is None) != (config.training.pretraining == 0):
        raise UsageError(
            f"training.pretraining is {config.training.pretraining} steps, the member's pretraining is "
            f"{member.pretraining}: give both or neither"
        )
    for mixture in (member.mixture, member.pretraining):
        if mixture is not None:
            _kind_of(config.world).check_mixture(config, mixture, member.data_seed)


def _kind_of(world: WorldConfig | RecallConfig | TextConfig):  # a `Kind`, which only its own module can name
    """What this kind of world asks of a population. Imported here: it needs JAX, settings are read without."""
    from seedbed.training.worlds import kind_of

    return kind_of(world)
