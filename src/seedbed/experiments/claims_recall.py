"""What each mixer should be able to recall, as claims; the numbers were fixed before the run.

Who reads all earlier tokens can recall at every distance. Who reads only the last 13 can within them and must know no
more than chance beyond: six blocks whose mixer reaches two tokens back see 1 + 6 * 2.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seedbed.experiments.claims import Basis, Claim, Rule
from seedbed.tasks import RecallConfig

ATTENTION_AT_LEAST = 0.95
WITHIN_AT_LEAST, ABOVE_CHANCE = 0.90, 0.05
SOURCE = "our number, fixed before the run"
FIELD_SOURCE = {"gam": "Acharya (2025), section 3: only a convolution of width 3 moves information between tokens"}


@dataclass(frozen=True)
class ClaimOnDistances:
    """A claim on one mixer's scores at several distances; the worst of them decides, the highest where it is a bound
    from above.
    """

    claim: Claim
    mixer: str
    kind: str
    distances: tuple[int, ...]
    highest: bool = False


def claims(world: RecallConfig, reach: Mapping[str, int]) -> Iterator[ClaimOnDistances]:
    """The claims on mixers that are there. reach: tokens that each reads, 0 is all."""
    for kind in world.kinds:
        for mixer, tokens in reach.items():
            if mixer == "attention":
                yield _all(world, kind)
            if tokens:
                yield from _by_reach(world, kind, mixer, tokens)


def _all(world: RecallConfig, kind: str) -> ClaimOnDistances:
    claim = Claim(
        f"{kind}-attention",
        f"Attention solves {kind} at every distance",
        SOURCE,
        f"at least {ATTENTION_AT_LEAST:.0%}",
        f"queries of {kind} answered correctly at the distance with the lowest mean",
        Rule(low=ATTENTION_AT_LEAST),
        basis="our question",
    )
    return ClaimOnDistances(claim, "attention", kind, world.distances)


def _by_reach(world: RecallConfig, kind: str, mixer: str, tokens: int) -> Iterator[ClaimOnDistances]:
    source = FIELD_SOURCE.get(mixer, SOURCE)
    basis: Basis = "our inference" if mixer in FIELD_SOURCE else "our question"  # what follows from that source's text
    within = tuple(distance for distance in world.distances if distance < tokens)
    beyond = tuple(distance for distance in world.distances if distance >= tokens)
    if within:
        claim = Claim(
            f"{kind}-{mixer}-within",
            f"`{mixer}` solves {kind} if key and value are within its receptive field of {tokens} tokens",
            source,
            f"at least {WITHIN_AT_LEAST:.0%}",
            (
                f"queries of {kind} answered correctly at the distance from {min(within)} to {max(within)} with the "
                "lowest mean"
            ),
            Rule(low=WITHIN_AT_LEAST),
            basis=basis,
        )
        yield ClaimOnDistances(claim, mixer, kind, within)
    if beyond:
        claim = Claim(
            f"{kind}-{mixer}-beyond",
            f"`{mixer}` stays at chance if the key is outside its receptive field of {tokens} tokens",
            source,
            f"at most chance ({world.chance:.2%}) plus {100 * ABOVE_CHANCE:g} points",
            (
                f"queries of {kind} answered correctly at the distance from {min(beyond)} to {max(beyond)} with the "
                "highest mean"
            ),
            Rule(high=world.chance + ABOVE_CHANCE),
            basis=basis,
        )
        yield ClaimOnDistances(claim, mixer, kind, beyond, highest=True)
