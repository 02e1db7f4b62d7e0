"""What Patil et al. (2025) say of tokenizers and languages, as claims; levels and rules were fixed before the run.

Sarvam's, SUTRA's and GPT-2's vocabularies are not at hand: a language's own BPE stands for the language-specific
tokenizers, a BPE learnt from English of the same size for the general-purpose one. Beside each other, a language's own
stands for Sarvam's and a BPE of all four languages for SUTRA's.

Known before the run, from the files alone: held out are 3 Hindi stories that were written in it and 14 translated ones,
0 and 22 in Marathi, 0 and 4 in Bengali, 51 and 3 in English (of others nobody says it), so written and translated text
cannot be compared in Marathi and Bengali. Bengali holds out 6 stories.
"""

from dataclasses import dataclass
from typing import Literal

from seedbed.experiments.claims import Basis, Claim, Rule
from seedbed.experiments.regional_texts import ALL_BPE, ENGLISH_BPE, LANGUAGES, OWN_BPE, OWN_UNIGRAM

TOKENIZER_TABLE = "Patil et al. (2025), tokenizers at 53M parameters"
LOSS_TABLE = "Patil et al. (2025), results with Sarvam"
OURS = "our question"
OVERALL = {"hi": "8.158 (Sarvam) against 7.602 (GPT-2)", "mr": "7.807 against 7.374", "bn": "8.016 against 7.572"}
LOSS_A_TOKEN = {"hi": ".518 (Sarvam) against .149 (GPT-2)", "mr": ".645 against .167", "bn": ".569 against .135"}
SARVAM_SUTRA = {
    "hi": "8.158 (Sarvam) against 7.950 (SUTRA), loss .518 against .522",
    "mr": "7.807 against 7.781, loss .645 against .608",
    "bn": "8.016 against 7.928, loss .569 against .608",
}
RENYI = {"hi": 6.285, "mr": 6.545, "bn": 6.358}
LOSS = {"hi": ".513", "mr": ".619", "bn": ".557"}  # at 1024/7
ORDERS = (("hi", "mr"), ("hi", "bn"), ("bn", "mr"))  # the easier first
OF_STORIES = "over seeds and held-out stories"
OF_SENTENCES = "over seeds and sentences; each language has one training text, so other texts may reverse the result"
UNMEASURED = {
    "morph-score": "no gold segmentations were available.",
    "size": "models of one size only were trained; `seedbed run stories-grid` compares sizes, in English.",
}
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
                f"held-out bits per byte with {OWN_BPE} minus those with {ENGLISH_BPE}, {OF_STORIES}, at equal compute",
                level,
                (own, english),
                "bits a byte",
            ),
            _compared(
                f"{level}-{language}-loss-a-token-misleads",
                f"{name}: losses per token rank the general-purpose tokenizer first",
                TOKENIZER_TABLE,
                LOSS_A_TOKEN[language],
                f"nats per token with {ENGLISH_BPE} minus those with {OWN_BPE}, by seed",
                level,
                (english, own),
                "nats a token",
            ),
            _compared(
                f"{level}-{language}-unigram",
                f"{name}: unigram makes better models than BPE",
                OURS,
                "not compared",
                f"held-out bits per byte with {OWN_UNIGRAM} minus those with {OWN_BPE}, {OF_STORIES}",
                level,
                (unigram, own),
                "bits a byte",
            ),
            _compared(
                f"{level}-{language}-sarvam-sutra",
                f"{name}: Sarvam's tokenizer makes better models than SUTRA's",
                TOKENIZER_TABLE,
                SARVAM_SUTRA[language],
                f"instead of these two: held-out bits per byte with {OWN_BPE} minus those with {ALL_BPE}, "
                f"{OF_STORIES}; their tokenizers also differ in vocabulary size (68,096 and 256,064), ours do not",
                level,
                (own, (language, ALL_BPE)),
                "bits a byte",
            ),
        ]
    for first, second in ORDERS:
        if first not in languages or second not in languages:
            continue
        one, other = LANGUAGES[first], LANGUAGES[second]
        sides = ((first, OWN_BPE), (second, OWN_BPE))
        found += [
            _compared(
                f"{level}-{first}-before-{second}",
                f"{one} is easier than {other}",
                LOSS_TABLE,
                f"loss {LOSS[first]} ({one}) against {LOSS[second]} ({other}) at 1024/7",
                f"bits of {one} sentences divided by the bits of the same sentences in English, minus the same ratio "
                f"for {other}, {OWN_BPE}, {OF_SENTENCES}",
                level,
                sides,
                "sentences",
            ),
            _compared(
                f"{level}-renyi-{first}-{second}",
                f"{one}'s tokens have a lower Renyi entropy than {other}'s",
                "Patil et al. (2025), Renyi entropy of order 2.5, Sarvam",
                f"{RENYI[first]} against {RENYI[second]} nats",
                f"Renyi entropy of order 2.5 of held-out tokens, {OWN_BPE}: {one}'s minus {other}'s",
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
                (
                    "bits per byte of held-out stories that were translated minus those of stories written in the "
                    f"language, {OWN_BPE}"
                ),
                level,
                ((language, OWN_BPE), (language, OWN_BPE)),
                "told",
            )
        )
    return [*found, _morph(level), _size(level)]


def _morph(level: str) -> Compared:
    return _compared(
        f"{level}-morph-score",
        "A language's own tokenizer splits words at morpheme boundaries more often",
        "our question, with the MorphScore of Patil et al. (2025)",
        "no numbers available",
        "MorphScore of the English tokenizer minus that of the languages' own tokenizers",
        level,
        (("hi", OWN_BPE), ("hi", ENGLISH_BPE)),
        "none",
    )


def _size(level: str) -> Compared:
    return _compared(
        f"{level}-size",
        "Larger models have lower losses and higher scores",
        LOSS_TABLE,
        "Hindi: loss 1.408, overall 7.130 (64/2) to .518, 8.185 (512/6) and .513, 8.164 (1024/7)",
        "held-out bits per byte of a larger model minus those of a smaller one",
        level,
        (("hi", OWN_BPE), ("hi", OWN_BPE)),
        "none",
    )


def _compared(id: str, statement: str, source: str, reported: str, measure: str, level: str, sides, what) -> Compared:
    basis: Basis = "our question" if source.startswith(OURS) else "table"  # all that is theirs stands in its tables
    claim = Claim(id, f"{statement} ({level})", source, reported, measure, BELOW, basis=basis)
    return Compared(claim, level, sides, what)
