"""The random numbers of a run: the same seed gives the same numbers."""

import random
from typing import Any

import numpy as np


class Randomness:
    """Every generator a script can reach, started from the run's seed."""

    def __init__(self) -> None:
        self.seed = 0
        self.numpy = np.random.RandomState(0)
        self.plain = random.Random(0)

    def start(self, seed: int) -> None:
        """Begin the sequence of a seed, for every generator a script can reach."""
        self.seed = seed
        self.numpy.seed(seed % 2**32)
        self.plain.seed(seed)
        # Library functions such as `sample` draw from the global generators.
        np.random.seed(seed % 2**32)
        random.seed(seed)

    def default_rng(self, seed: Any = None) -> np.random.Generator:
        """Return a generator; without a seed it starts from the run's."""
        if isinstance(seed, np.random.Generator):
            return seed
        return np.random.default_rng(self.seed if seed is None else seed)

    def random_state(self, seed: Any = None) -> np.random.RandomState:
        """Return a generator of numpy's older kind; without a seed it starts from the run's."""
        return np.random.RandomState(self.seed % 2**32 if seed is None else seed)

    def plain_generator(self, seed: Any = None) -> random.Random:
        """Return a generator of Python's kind; without a seed it starts from the run's."""
        return random.Random(self.seed if seed is None else seed)

    def reseed_numpy(self, seed: Any = None) -> None:
        """Begin again, as `numpy.random.seed`; without a seed with the run's."""
        self.numpy.seed(self.seed % 2**32 if seed is None else seed)

    def reseed_plain(self, seed: Any = None) -> None:
        """Begin again, as `random.seed`; without a seed with the run's."""
        self.plain.seed(self.seed if seed is None else seed)


RANDOMNESS = Randomness()
