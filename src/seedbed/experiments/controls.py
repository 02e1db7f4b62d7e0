"""Controls: one factor at a time, from the paper's settings to ours.

No run of the paper separates more steps, windows, norm, learning rate, batch, tokens, positions, the prompt's cut,
the objective and the model's size. Two ladders do, on `hinted` members: our settings with one factor set to the
paper's (is it necessary?), and the paper's settings, in a model of half our width and for two thirds of its epochs,
with one factor set to ours (is it sufficient?). The prompt's cut is a factor of the test, so members with piece tokens
answer at 45 and at 44 tokens.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from seedbed.experiments.plan import Planned
from seedbed.models import ModelConfig, paper
from seedbed.tasks import Mixture
from seedbed.training import Member, PopulationConfig, TrainingConfig

Change = Callable[[PopulationConfig, float], tuple[PopulationConfig, float]]

PAPER_STEPS, PAPER_BATCH, PAPER_RATE, PAPER_CONTEXT = 600, 256, 1e-4, 45  # 67 of 100 epochs: it reports a rise after 40
PIECE_CONTEXT = 80  # the tokens of our 40 words, as pieces

PAPER_SEEDS = 2  # a member with the paper's settings reads five times the tokens of ours

FROM_OURS = "ours, but "
FROM_PAPERS = "paper's, but "


def plan(ours: PopulationConfig, mixture: Mixture, rate: float, seeds: Iterable[int]) -> list[Planned]:
    """Every rung's members; the unchanged `ours` are the triangle's own `hinted` members."""
    seeds = tuple(seeds)
    rungs = [(FROM_OURS + name, *change(ours, rate)) for name, change in changes_to_papers().items()]
    base = papers_settings(ours)
    rungs.append(("paper's settings, half our width", *base))
    rungs += [(FROM_PAPERS + name, *change(*base)) for name, change in changes_to_ours(ours, rate).items()]
    return [
        Planned(_brief(config), Member(mixture, seed, seed, learning_rate=own_rate), name, (("control", True),))
        for name, config, own_rate in rungs
        for seed in (seeds if name.startswith(FROM_OURS) else seeds[:PAPER_SEEDS])
    ]


def changes_to_papers() -> dict[str, Change]:
    """Our settings with one factor set to the paper's, by name."""
    return {
        "a third of the steps": lambda c, r: (_training(c, steps=max(c.training.steps // 3, 1)), r),
        "fixed windows": lambda c, r: (_training(c, windows="fixed"), r),
        "post-norm": lambda c, r: (_model(c, norm_order="post"), r),
        "learning rate 1e-4": lambda c, r: (c, PAPER_RATE),
        "constant learning rate": lambda c, r: (_training(c, schedule="constant", warmup=0), r),
        "batch 256, as many tokens": lambda c, r: (
            _training(c, batch=PAPER_BATCH, steps=max(c.training.steps * c.training.batch // PAPER_BATCH, 1)),
            r,
        ),
        "two pieces per word": lambda c, r: (_pieces(c, PIECE_CONTEXT), r),
        "no positions": lambda c, r: (_model(c, positions="none"), r),
        "loss averaged by task": lambda c, r: (_training(c, objective="per-task"), r),
        "half the width": lambda c, r: (_model(c, width=c.model.width // 2), r),
        "twice the width": lambda c, r: (_model(c, width=c.model.width * 2), r),
    }


def papers_settings(ours: PopulationConfig) -> tuple[PopulationConfig, float]:
    """Everything as in the paper but steps, width and number of heads; half our width serves our settings as well."""
    model = paper(ours.model.width // 2, ours.model.blocks, ours.model.heads, PAPER_CONTEXT)
    training = TrainingConfig(
        steps=PAPER_STEPS,
        batch=PAPER_BATCH,
        windows="fixed",
        optimiser="keras-adam",
        b2=0.999,
        epsilon=1e-7,
        warmup=0,
    )
    config = _pieces(replace(ours, training=training), PAPER_CONTEXT)
    return replace(config, model=model, evaluation=replace(config.evaluation, shots=1)), PAPER_RATE


def changes_to_ours(ours: PopulationConfig, rate: float) -> dict[str, Change]:
    """The paper's settings with one factor set to ours, by name."""
    our_batch = ours.training.batch
    return {
        "four times the steps": lambda c, r: (_training(c, batch=our_batch, steps=4 * PAPER_STEPS), r),
        "random windows": lambda c, r: (_training(c, windows="random"), r),
        "pre-norm": lambda c, r: (_model(c, norm_order="pre"), r),
        f"learning rate {rate:g}": lambda c, r: (c, rate),
    }


def _brief(config: PopulationConfig) -> PopulationConfig:
    """Controls are tested at the end and now and then, on A->C alone."""
    steps = config.training.steps
    evaluation = replace(
        config.evaluation,
        tasks=("A->C",),
        log_spaced=False,
        regular=max(steps // 8, 1),
        others=0,
        zero_shot=False,
        paper_items=0,
    )
    return replace(config, evaluation=evaluation)


def _training(config: PopulationConfig, **changes: object) -> PopulationConfig:
    return replace(config, training=replace(config.training, **changes))  # type: ignore[arg-type]


def _model(config: PopulationConfig, **changes: object) -> PopulationConfig:
    model: ModelConfig = replace(config.model, **changes)  # type: ignore[arg-type]
    return replace(config, model=model)


def _pieces(config: PopulationConfig, context: int) -> PopulationConfig:
    return PopulationConfig(
        world=replace(config.world, tokens="piece"),
        model=replace(config.model, context=context),
        training=config.training,
        evaluation=replace(
            config.evaluation, shots=min(config.evaluation.shots, (context - 17) // 20), paper_cuts=(45, 44)
        ),
    )
