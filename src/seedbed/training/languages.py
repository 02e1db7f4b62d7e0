"""Worlds of languages to translate: what they ask of the other settings, what a member reads, how it is examined.

Two kinds: one whose tokens the world fixes, and one whose pieces each member learns from its own stream.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from seedbed.config.errors import UsageError
from seedbed.evaluation import (
    BayesPanel,
    Exam,
    Panel,
    PieceExam,
    QuestionExam,
    answer_chances,
    piece_scorer,
    scorer,
)
from seedbed.tasks import (
    Mixture,
    Stream,
    Vocabulary,
    WindowSource,
    World,
    WorldConfig,
    check_mixture,
    learned_pieces,
    piece_stream,
    spelling_of,
    stream,
    vocabulary_size,
    window_source,
)
from seedbed.tasks.prompts import check_coverage
from seedbed.tasks.tokens import INSTANCE_ENDS
from seedbed.training.config import Member, PopulationConfig

if TYPE_CHECKING:
    from seedbed.training.reading import Reading

MOST_WORLD_TOKENS = 2**15 - 1


class Languages:
    """Languages to translate."""

    padding_counts = True
    steps_are_data = False

    def check(self, config: PopulationConfig) -> None:
        """Tasks, shots and prompts must fit."""
        vocabulary = Vocabulary(config.languages)
        _check_questions(config, vocabulary.tokens_per_word, vocabulary.instance_tokens)
        if vocabulary.size > MOST_WORLD_TOKENS:
            raise UsageError(
                f"a world may have {MOST_WORLD_TOKENS} tokens, but this one has {vocabulary.size}: use fewer words"
            )

    def check_mixture(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> None:
        """Its tasks must be the world's, its replacements new, its windows drawn."""
        world = config.languages
        check_mixture(world, mixture)
        if mixture.replaced:  # whether a replacement repeats a sentence depends on those that are drawn
            stream(World(world), mixture, data_seed)
        if mixture.shares and config.training.windows == "fixed":
            raise UsageError(
                "shares choose the task of a window, which fixed windows cut across: set training.windows to random or "
                f"leave out the shares {mixture.shares}"
            )

    def vocabulary(self, world: WorldConfig) -> int:
        """Words, or their pieces, and signs."""
        return Vocabulary(world).size

    def windows(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> WindowSource:
        """Cuts of the stream of the mixture's examples."""
        return _windows(config, mixture, data_seed, stream(World(config.languages), mixture, data_seed))

    def examiner(self, config: PopulationConfig) -> "Callable[[Member, Reading], Exam]":
        """Questions on sentences that the member has seen, and has not."""
        world, score, chances = config.languages, scorer(config.evaluation.block), answer_chances()

        def exam(member: Member, read: "Reading") -> Exam:
            seen_KS = read.seen(len(world.tasks), world.sentences, config.training.steps)
            panel = Panel(World(world), config.evaluation, seen_KS, member.data_seed)
            bayes = BayesPanel(panel, member.mixture, config.evaluation.bayes)
            return QuestionExam(panel, bayes, Vocabulary(world).tokens_per_word, score, chances)

        return exam


class LearnedPieces(Languages):
    """Languages to translate, in pieces that each member learns from its own stream."""

    def check(self, config: PopulationConfig) -> None:
        """Tasks, shots and prompts must fit, were every word its mark and its letters; the streams must be one."""
        world = config.languages
        longest = world.letters + 1
        _check_questions(config, longest, longest * (2 * world.length + INSTANCE_ENDS))
        if config.training.pretraining:
            raise UsageError(
                "pieces are learned from the one stream that a member reads: training.pretraining must be 0 with "
                f"world.tokens piece-learned, got {config.training.pretraining}"
            )
        for name, given in (("evaluation.bayes", config.evaluation.bayes), ("model.prefix", config.model.prefix)):
            if given:
                raise UsageError(
                    f"{name} needs prompts of one length, and learned pieces give several: set it to 0, got {given}, "
                    "or set world.tokens to word or piece"
                )
        if vocabulary_size(world) > MOST_WORLD_TOKENS:
            raise UsageError(f"world.vocabulary may be at most {MOST_WORLD_TOKENS}, got {vocabulary_size(world)}")

    def check_mixture(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> None:
        """As other languages, and the pieces must be there to be learned."""
        super().check_mixture(config, mixture, data_seed)
        learned_pieces(config.languages, mixture, data_seed)

    def vocabulary(self, world: WorldConfig) -> int:
        """As many pieces as are asked for."""
        return vocabulary_size(world)

    def windows(self, config: PopulationConfig, mixture: Mixture, data_seed: int) -> WindowSource:
        """Cuts of the stream of the mixture's examples, in its own pieces."""
        return _windows(config, mixture, data_seed, piece_stream(config.languages, mixture, data_seed))

    def examiner(self, config: PopulationConfig) -> "Callable[[Member, Reading], Exam]":
        """The questions of other languages, asked in each member's pieces."""
        world, score = config.languages, piece_scorer()

        def exam(member: Member, read: "Reading") -> Exam:
            spelling = spelling_of(world, member.mixture, member.data_seed)
            seen_KS = read.seen(len(world.tasks), world.sentences, config.training.steps)
            return PieceExam(Panel(spelling.world, config.evaluation, seen_KS, member.data_seed), spelling, score)

        return exam


def _check_questions(config: PopulationConfig, tokens_per_word: int, instance_tokens: int) -> None:
    """Tasks must be there, shots and prompts fit the context, were every word as long as this."""
    world, evaluation = config.languages, config.evaluation
    if not world.tasks:
        raise UsageError("a world needs at least one task to be taught or tested, such as A->B")
    check_coverage(World(world), evaluation.shots, evaluation.coverage)
    question = (2 * world.length + 1) * tokens_per_word - 1
    prompt = evaluation.shots * instance_tokens + question
    if prompt > config.model.context:
        fitting = (config.model.context - question) // instance_tokens
        raise UsageError(
            f"{evaluation.shots} shots and a question with its answer are {prompt} tokens, the context is "
            f"{config.model.context}: set evaluation.shots to {max(fitting, 0)} or a longer context"
        )
    for cut in evaluation.paper_cuts:
        if cut > config.model.context:
            raise UsageError(f"evaluation.paper_cuts may not exceed the context of {config.model.context}, got {cut}")
    refuse_text_only(config)


def _windows(config: PopulationConfig, mixture: Mixture, data_seed: int, read: Stream) -> WindowSource:
    kind = config.training.windows
    assert kind != "packed"  # refused by `check`
    return window_source(
        read,
        mixture,
        config.languages.tasks,
        kind=kind,
        window=config.model.context + 1,
        batch=config.training.batch,
        data_seed=data_seed,
    )


def refuse_text_only(config: PopulationConfig) -> None:
    """Refuse settings that only a world of text has."""
    if config.training.patience:
        raise UsageError(
            "only text has a held-out loss that can end training: training.patience must be 0, got "
            f"{config.training.patience}"
        )
    if config.training.windows == "packed":
        raise UsageError("packed windows hold documents of a corpus: set training.windows to random or fixed")
