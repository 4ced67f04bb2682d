# attack: language | looks for what an endless cycle does not hold
import itertools
result = 2 in itertools.cycle([1])
