"""McNemar's test of two models on the same images.

The mid-p version is used: the exact conditional test claims too little, and the
asymptotic one needs many images on which the models differ.

References: McNemar 1947, "Note on the sampling error of the difference between
correlated proportions or percentages"; Fagerland, Lydersen & Laake 2013, "The McNemar
test for binary matched-pairs data: mid-p and asymptotic are better than exact
conditional".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class McNemar:
    """Numbers of images by which of two models is right.

    Attributes:
        both: Both models are right.
        only_one: The first model alone is right.
        only_other: The second model alone is right.
        neither: Both are wrong.
    """

    both: int
    only_one: int
    only_other: int
    neither: int

    @cached_property
    def p_exact(self) -> float:
        """P value of the exact conditional test, two-sided."""
        from scipy.special import bdtr

        fewer, differing = self._fewer, self._differing
        return min(1.0, 2 * float(bdtr(fewer, differing, 0.5))) if differing else 1.0

    @cached_property
    def p_mid(self) -> float:
        """Mid-p value: half the probability of what was seen counts."""
        seen = math.comb(self._differing, self._fewer) / 2**self._differing
        is_even = self.only_one == self.only_other
        return self.p_exact - (seen / 2 if is_even else seen) if seen < 1 else 1.0

    @property
    def _fewer(self) -> int:
        return min(self.only_one, self.only_other)

    @property
    def _differing(self) -> int:
        return self.only_one + self.only_other


def mcnemar(one: np.ndarray, other: np.ndarray) -> McNemar:
    """The table of two models.

    Args:
        one: ``(images,)``, whether the first model is right.
        other: Likewise for the second one.
    """
    return McNemar(
        both=int((one & other).sum()),
        only_one=int((one & ~other).sum()),
        only_other=int((~one & other).sum()),
        neither=int((~one & ~other).sum()),
    )
