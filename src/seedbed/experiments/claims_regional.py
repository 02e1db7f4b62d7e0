"""What Patil et al. (2025) say of tokenizers and languages, as claims; levels and rules were fixed before the run.

Sarvam's, SUTRA's and GPT-2's vocabularies are not at hand: a language's own BPE stands for the language-specific
tokenizers, a BPE learnt from English of the same size for the general-purpose one.
"""

from dataclasses import dataclass
from typing import Literal

from seedbed.experiments.claims import Claim, Rule
from seedbed.experiments.regional_texts import ENGLISH_BPE, LANGUAGES, OWN_BPE, OWN_UNIGRAM

TOKENIZER_TABLE = "Patil et al. (2025), tokenizers at 53M parameters"
LOSS_TABLE = "Patil et al. (2025), results with Sarvam"
OURS = "our question"
OVERALL = {"hi": "8.158 (Sarvam) against 7.602 (GPT-2)", "mr": "7.807 against 7.374", "bn": "8.016 against 7.572"}
LOSS_A_TOKEN = {"hi": ".518 (Sarvam) against .149 (GPT-2)", "mr": ".645 against .167", "bn": ".569 against .135"}
RENYI = {"hi": 6.285, "mr": 6.545, "bn": 6.358}
AFTER_HINDI = ("mr", "bn")
BELOW = Rule(high=0.0, unit="number")

What = Literal["bits a byte", "nats a token", "sentences", "renyi", "told", "none"]


@dataclass(frozen=True)
class Compared:
    """A claim that one side is below the other at a level. sides: (language, tokenizer) of each."""

    claim: Claim
    level: str
    sides: tuple[tuple[str, str], tuple[str, str]]
    what: What


def claims(level: str, languages: tuple[str, ...]) -> list[Compared]:
    """The claims on a level that has these languages."""
    found: list[Compared] = []
    for language in (each for each in OVERALL if each in languages):
        name = LANGUAGES[language]
        own, english, unigram = ((language, kind) for kind in (OWN_BPE, ENGLISH_BPE, OWN_UNIGRAM))
        found += [
            _compared(
                f"{level}-{language}-own-tokenizer",
                f"{name}: its own tokenizer makes better models than a general-purpose one",
                TOKENIZER_TABLE,
                f"overall {OVERALL[language]}",
                f"held-out bits per byte with {OWN_BPE} less those with {ENGLISH_BPE}, by seed, equal operations",
                level,
                (own, english),
                "bits a byte",
            ),
            _compared(
                f"{level}-{language}-loss-a-token-misleads",
                f"{name}: losses per token put the general-purpose tokenizer first",
                TOKENIZER_TABLE,
                LOSS_A_TOKEN[language],
                f"nats a token with {ENGLISH_BPE} less those with {OWN_BPE}, by seed",
                level,
                (english, own),
                "nats a token",
            ),
            _compared(
                f"{level}-{language}-unigram",
                f"{name}: unigram makes better models than BPE",
                OURS,
                "not compared",
                f"held-out bits per byte with {OWN_UNIGRAM} less those with {OWN_BPE}, by seed",
                level,
                (unigram, own),
                "bits a byte",
            ),
        ]
    for other in (each for each in AFTER_HINDI if each in languages):
        sides = (("hi", OWN_BPE), (other, OWN_BPE))
        found += [
            _compared(
                f"{level}-hindi-before-{other}",
                f"Hindi is easier than {LANGUAGES[other]}",
                LOSS_TABLE,
                "loss .513 (Hindi), .557 (Bengali), .619 (Marathi) at 1024/7",
                "bits of Hindi sentences by those of the same in English, less the same ratio of "
                f"{LANGUAGES[other]}, by seed, {OWN_BPE}",
                level,
                sides,
                "sentences",
            ),
            _compared(
                f"{level}-renyi-hindi-{other}",
                f"Hindi's tokens have a lower Renyi entropy than {LANGUAGES[other]}'s",
                "Patil et al. (2025), Renyi entropy of order 2.5, Sarvam",
                f"{RENYI['hi']} against {RENYI[other]} nats",
                f"Renyi entropy of order 2.5 of held-out tokens, {OWN_BPE}: Hindi's less {LANGUAGES[other]}'s",
                level,
                sides,
                "renyi",
            ),
        ]
    for language in languages:
        found.append(
            _compared(
                f"{level}-{language}-translated",
                f"{LANGUAGES[language]}: translated text is easier than text written in it",
                OURS,
                "not compared",
                f"bits per byte of held-out stories that were translated less those of written ones, {OWN_BPE}",
                level,
                ((language, OWN_BPE), (language, OWN_BPE)),
                "told",
            )
        )
    return [*found, _morph(level)]


def _morph(level: str) -> Compared:
    return _compared(
        f"{level}-morph-score",
        "Language-specific tokenizers cut words at morphemes more often",
        "Patil et al. (2025), MorphScore",
        "higher for Sarvam and SUTRA",
        "MorphScore of own tokenizers less that of the English one",
        level,
        (("hi", OWN_BPE), ("hi", ENGLISH_BPE)),
        "none",
    )


def _compared(id: str, statement: str, source: str, reported: str, measure: str, level: str, sides, what) -> Compared:
    return Compared(Claim(id, f"{statement} ({level})", source, reported, measure, BELOW), level, sides, what)
