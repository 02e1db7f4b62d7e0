"""Every sentence of a language has a number, so that sets of sentences are arrays of integers.

A sentence is `length` word numbers; with distinct words it is a partial permutation, numbered in lexicographic order by
its Lehmer code, otherwise a number in base `words`.
"""

from math import perm

import numpy as np
from jaxtyping import Int

MOST_SENTENCES = 2**24  # a member keeps a mark for each sentence and task


def count(words: int, length: int, distinct: bool) -> int:
    """How many sentences exist: words!/(words-length)! or words^length.

    >>> count(8, 4, True), count(12, 4, True), count(8, 4, False)
    (1680, 11880, 4096)
    """
    return perm(words, length) if distinct else words**length


def sentence(number_N: Int[np.ndarray, " N"], words: int, length: int, distinct: bool) -> Int[np.ndarray, "N L"]:
    """The sentences with these numbers, as word numbers."""
    digits_NL = np.empty((len(number_N), length), dtype=np.int64)
    rest_N = np.asarray(number_N, dtype=np.int64)
    for place in reversed(range(length)):
        base = words - place if distinct else words
        rest_N, digits_NL[:, place] = np.divmod(rest_N, base)
    if not distinct:
        return digits_NL
    # A Lehmer digit counts among the words not used yet: raise it past each earlier word at or below it, lowest first.
    sentence_NL = np.empty_like(digits_NL)
    for place in range(length):
        word_N = digits_NL[:, place].copy()
        for earlier_N in np.sort(sentence_NL[:, :place], axis=1).T:
            word_N += word_N >= earlier_N
        sentence_NL[:, place] = word_N
    return sentence_NL


def number(sentence_NL: Int[np.ndarray, "N L"], words: int, distinct: bool) -> Int[np.ndarray, " N"]:
    """The numbers of these sentences; the inverse of `sentence`."""
    length = sentence_NL.shape[1]
    number_N = np.zeros(len(sentence_NL), dtype=np.int64)
    for place in range(length):
        digit_N = sentence_NL[:, place].astype(np.int64)
        if distinct:
            digit_N = digit_N - (sentence_NL[:, :place] < sentence_NL[:, place : place + 1]).sum(axis=1)
        number_N = number_N * (words - place if distinct else words) + digit_N
    return number_N
