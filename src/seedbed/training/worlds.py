"""The kinds of world that a member can grow in: all that differs between them stands here and in `languages.py`.

A kind says what its worlds need of the other settings, how many tokens there are, what a member reads and what it is
asked. A new one is a class here and a line in `KINDS`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seedbed.config.errors import UsageError
from seedbed.data import TextBatches, TextConfig, TextWindows, cache_of
from seedbed.evaluation import Exam, QuestionExam, RecallPanel, TextExam, answer_chances, scorer, text_scorer
from seedbed.models import MIXERS
from seedbed.tasks import Batches, Mixture, RecallConfig, RecallWindows, WorldConfig, check_recall_mixture
from seedbed.training.config import TEXT_MIXTURE, Member, PopulationConfig
from seedbed.training.languages import Languages, LearnedPieces, refuse_text_only

if TYPE_CHECKING:
    from seedbed.training.reading import Reading

AnyWorld = WorldConfig | RecallConfig | TextConfig
Examiner = Callable[..., Exam]  # of a member and what it reads


@runtime_checkable
class Windows(Protocol):
    """What batches are cut from."""

    def batches(self, first_step: int, steps: int) -> Batches | TextBatches:
        """The batches of steps first_step .. first_step + steps - 1, counted from 0."""
        ...


@runtime_checkable
class Kind(Protocol):
    """One kind of world. padding_counts: whether padding weighs in a pooled loss, as in Keras.

    steps_are_data: whether the number of steps is given to the program, or is a part of it.
    """

    padding_counts: bool
    steps_are_data: bool

    def check(self, config: PopulationConfig) -> None:
        """Refuse settings that do not fit the world."""
        ...

    def check_mixture(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> None:
        """Refuse what this world cannot feed a member."""
        ...

    def vocabulary(self, world: Any) -> int:
        """Number of tokens."""
        ...

    def windows(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> Windows:
        """What a member reads of a mixture."""
        ...

    def examiner(self, config: PopulationConfig) -> Examiner:
        """What gives each member of a population its exam; programs are compiled once for all of them."""
        ...


class Recall:
    """Pairs to recall."""

    padding_counts = True
    steps_are_data = False

    def check(self, config: PopulationConfig) -> None:
        """Distances must fit the context; there is nothing to show."""
        world = _of(RecallConfig, config.world)
        if config.model.context < world.least_context:
            raise UsageError(
                f"a distance of {max(world.distances)} tokens needs model.context to be at least "
                f"{world.least_context}, got {config.model.context}"
            )
        _refuse_shots(config, "a world of recall has no examples to show")
        refuse_text_only(config)

    def check_mixture(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> None:
        """Its tasks must be the world's."""
        del data_seed
        check_recall_mixture(_of(RecallConfig, config.world), mixture)

    def vocabulary(self, world: RecallConfig) -> int:
        """Padding, the blank, keys, values."""
        return world.vocabulary

    def windows(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> Windows:
        """Windows that never repeat."""
        world = _of(RecallConfig, config.world)
        return RecallWindows(world, mixture, config.model.context + 1, config.training.batch, data_seed)

    def examiner(self, config: PopulationConfig) -> Examiner:
        """Fresh windows that end with a query."""
        world, score, chances = _of(RecallConfig, config.world), scorer(config.evaluation.block), answer_chances()

        def exam(member: Member, read: "Reading") -> Exam:
            del read
            panel = RecallPanel(world, config.evaluation, config.model.context, member.data_seed)
            return QuestionExam(panel, None, 1, score, chances)

        return exam


class Text:
    """A corpus of documents to predict."""

    padding_counts = False
    steps_are_data = True

    def check(self, config: PopulationConfig) -> None:
        """Windows are random or packed; only attention can be kept within documents."""
        _of(TextConfig, config.world)
        _refuse_shots(config, "text has no examples to show")
        training, mixer = config.training, config.model.mixer
        if training.windows == "fixed":
            raise UsageError("windows of text are random or packed, got training.windows fixed")
        if training.windows == "packed" and not MIXERS[mixer].keeps_documents:
            known = ", ".join(sorted(name for name, each in MIXERS.items() if each.keeps_documents))
            raise UsageError(
                f"packed windows hold several documents, and the mixer {mixer} reads across them: set training.windows "
                f"to random, or model.mixer to {known}"
            )
        if training.pretraining:
            raise UsageError(f"text has no pre-training: training.pretraining must be 0, got {training.pretraining}")

    def check_mixture(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> None:
        """A member reads the corpus, and the tokens must be there."""
        del data_seed
        if mixture != TEXT_MIXTURE:
            raise UsageError(f"a member of text reads its corpus: its mixture is {TEXT_MIXTURE.counts}, got {mixture}")
        cache_of(_of(TextConfig, config.world))

    def vocabulary(self, world: TextConfig) -> int:
        """Of its tokenizer."""
        return world.vocabulary

    def windows(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> Windows:
        """Cuts of the training split."""
        del mixture
        kind = config.training.windows
        assert kind != "fixed"  # refused by `check`
        train = cache_of(_of(TextConfig, config.world)).train
        return TextWindows(train, kind, config.model.context + 1, config.training.batch, data_seed)

    def examiner(self, config: PopulationConfig) -> Examiner:
        """Held-out documents, the same for every member."""
        text = _of(TextConfig, config.world)
        exam = TextExam(text, cache_of(text), config.evaluation, config.model.context, text_scorer())
        return lambda member, read: exam


KINDS: dict[type, Kind] = {WorldConfig: Languages(), RecallConfig: Recall(), TextConfig: Text()}
LEARNED: Kind = LearnedPieces()


def kind_of(world: AnyWorld) -> Kind:
    """The kind of a world."""
    if isinstance(world, WorldConfig) and world.tokens == "piece-learned":
        return LEARNED
    return KINDS[type(world)]


def _of(kind: type[Any], world: Any) -> Any:
    assert isinstance(world, kind)
    return world


def _refuse_shots(config: PopulationConfig, why: str) -> None:
    for name, given in (("shots", config.evaluation.shots), ("bayes", config.evaluation.bayes)):
        if given:
            raise UsageError(f"{why}: evaluation.{name} must be 0, got {given}")
