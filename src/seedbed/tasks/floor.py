"""The exact Bayes floor of a fixed-window cipher world: the lowest mean loss without memorising windows.

A predictor that knows languages and dictionaries, but not where in an instance a window starts nor its task, cannot on
average lose less than the entropy of a window. A window of two instances or more shows its phase by its `.` and `|` and
its task by its two languages, so the entropy is H(phase) + H(task) + E[-log p(words | phase, task)], with no
approximation but that each window holds one task. In a part of an instance that reveals m different positions of its
sentence, the words have probability (words-m)!/words!. Sinha (2024) states no floor; ours: 0.532 nats per token for
`zero-shot`, 0.533 `hinted`, 0.517 `alone`, 0.665 for section 3.2.
"""

from math import lgamma, log

from seedbed.config.errors import UsageError
from seedbed.tasks.stream import Mixture
from seedbed.tasks.tokens import Vocabulary
from seedbed.tasks.world import WorldConfig


def bayes_floor(config: WorldConfig, mixture: Mixture, window: int) -> float:
    """Nats a target token, for windows of `window` tokens that start at any word of an instance alike.

    The first token is no target. With pieces it is a mark and tells nothing; with word tokens its own entropy is left
    out.

    Raises `UsageError` for sentences with repeats and for windows shorter than two instances of words or cutting one.
    """
    return sum(chance * task_floor(config, mixture, window, task) for task, chance in mixture.chances.items() if chance)


def task_floor(config: WorldConfig, mixture: Mixture, window: int, task: str) -> float:
    """What the predictor that attains the floor loses on the windows of one task, in nats a target token.

    The mean over tasks, by their chances, is the floor. No bound on a single task: who favours it from the start may
    lose log(1 / chance) nats per window less there, and pays for it on the others. Raises `UsageError` as `bayes_floor`
    does, and for a task that no window holds.
    """
    per_word, cycle = Vocabulary(config).tokens_per_word, Vocabulary(config).instance_words
    words = window // per_word
    if not config.distinct or window % per_word or words < 2 * cycle:
        raise UsageError(
            f"the floor is exact for distinct words and windows of whole words, {2 * cycle * per_word} tokens or more; "
            f"got windows of {window}, distinct = {config.distinct}"
        )
    if not mixture.chances.get(task):
        raise UsageError(f"no window of this mixture holds {task!r}: it has {', '.join(mixture.chances)}")
    words_nats = sum(_sentence_entropy(config, phase, words) for phase in range(cycle)) / cycle
    nats = log(cycle) - log(mixture.chances[task]) + words_nats
    if per_word == 1:
        nats -= _first_token_nats(config, mixture, task)
    return nats / (window - 1)


def _sentence_entropy(config: WorldConfig, phase: int, words: int) -> float:
    """Nats of the sentences in a window of `words` words that starts `phase` words into an instance."""
    length, cycle, entropy = config.length, Vocabulary(config).instance_words, 0.0
    for start in range(-phase, words, cycle):
        inside = range(max(0, -start), min(cycle, words - start))
        places = {place for place in inside if place < length}
        places |= {place - length - 1 for place in inside if length < place < 2 * length + 1}
        entropy += lgamma(config.words + 1) - lgamma(config.words - len(places) + 1)
    return entropy


def _first_token_nats(config: WorldConfig, mixture: Mixture, task: str) -> float:
    """Nats of the first word alone in a window of `task`: a word of one of its two languages, or one of the ends."""
    cycle = Vocabulary(config).instance_words
    weight: dict[str, float] = {".": 1 / cycle, "|": 1 / cycle}
    for name, chance in mixture.chances.items():
        for language in name.split("->"):
            weight[language] = weight.get(language, 0.0) + chance * config.length / cycle
    ends = 2 * log(cycle) / cycle
    return ends - sum(config.length / cycle * log(weight[each] / config.words) for each in task.split("->"))
