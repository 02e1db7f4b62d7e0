"""What emerged, when, and how sure that is: statistics of curves and outcomes over seeds.

Arrays in, numbers out: no JAX, no tables, no files. Every answer is an `Estimate`, with its interval and its n, or a
record of them. Bad input raises `seedbed.config.errors.UsageError`.

- `estimates`: a number with its interval, and how it is printed
- `intervals`: shares, means over seeds, differences of means
- `onset`: when a score emerged in one run, and the median over seeds
- `survival`: the share of seeds that has emerged by when, and the mean time
- `conditions`: two conditions compared, by test and by ratio of onsets
- `correlation`: whether two measures put things in the same order
- `crossed`: the variance of an outcome split between two kinds of seeds; `paired`: two outcomes of the same seeds
- `scales`, `alignment`: onsets in tokens, FLOPs or loss, and on which of these conditions emerge together
- `product_limit`: the Kaplan-Meier estimate
- `sharpness`, `shapes`, `shape_fits`: how wide a rise is, and which shape it has
- `simulate`: populations of which the truth is known
- `calibration`: how often intervals hold that truth, and whether plans deliver the power that they promise
- `dose`: how many hints half of the seeds need, and the ratio between two arms
- `power`: how many seeds a comparison of onsets needs
- `normal`: chances of a normal variable between two places, for every likelihood of onsets
- `forecast`: who will emerge by when, from the first part of curves
- `baselines`: what guessing, the commonest answer and copying from the shots would score
- `verdict`: whether an ability emerges, improves smoothly or never leaves chance
- `rise`: how wide one curve's rise is
- `mirage`: whether a jump of exact match remains in smoother scores
- `partial_credit`: scores of answers that are nearly right
- `dip`, `seeds`: whether final scores form one group of seeds or two, and how often a seed succeeds
- `memorising`: what recall alone would score, and how far a loss lies below what needs no memorising
- `lag`: how long after its loss an ability comes
- `multiple`: many tests at once
- `paired_onsets`: two onsets of the same seed
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
