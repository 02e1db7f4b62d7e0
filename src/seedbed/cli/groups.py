"""Members that differ in nothing but their seeds: the only ones over which a mean score has a meaning.

Which sentence is replaced by which counts as part of the data that a seed stands for; in which task does not. A
condition may hold several such groups, say one per number of hints; labels that tell them apart join their names.
"""

from collections.abc import Mapping
from dataclasses import replace

from seedbed.config import canonical
from seedbed.experiments.plan import Planned


def groups_of(planned: Mapping[str, Planned]) -> dict[str, list[str]]:
    """The planned members' fingerprints by the name of their group, in the plan's order."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, each in planned.items():
        mixture = each.member.mixture
        seedless = replace(each.member, init_seed=0, data_seed=0, mixture=replace(mixture, replaced=()))
        tasks = [task for task, _, _ in mixture.replaced]
        found.setdefault((each.condition, canonical(each.config), canonical(seedless), *tasks), []).append(name)
    shared = {key: _shared_labels([planned[name] for name in names]) for key, names in found.items()}
    named: dict[str, list[str]] = {}
    for key, names in found.items():
        rivals = [labels for other, labels in shared.items() if other[0] == key[0]]
        telling = [
            f"{label} {value}" for label, value in shared[key] if any((label, value) not in rival for rival in rivals)
        ]
        title = ", ".join([key[0], *telling])
        same = sum(other == title or other.startswith(f"{title} #") for other in named)
        named[f"{title} #{same + 1}" if same else title] = names
    return named


def _shared_labels(members: list[Planned]) -> list[tuple[str, object]]:
    return [pair for pair in members[0].labels if all(pair in each.labels for each in members)]
