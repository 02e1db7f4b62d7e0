"""Layer `interpretability`: what a member's weights compute, and whether published statements about them hold.

Models and prompts in, numbers out; a mean over members is `seedbed.emergence.mean_over_seeds` of them.

- `lemmas`: Lemma 1 (a perturbed attention map) and Lemma 2 (the equation of two inputs decoded alike)
"""

from seedbed.interpretability.lemmas import (
    EPSILONS,
    EquationThree,
    OutputChange,
    equation_three,
    output_change,
    parallel_prompts,
)

__all__ = [
    "EPSILONS",
    "EquationThree",
    "OutputChange",
    "equation_three",
    "output_change",
    "parallel_prompts",
]
