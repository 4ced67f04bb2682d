# attack: language | lets a cache without bounds keep large arrays
import functools
@functools.lru_cache(maxsize=None)
def keep(number):
    return np.ones(100_000)
number = 0
while True:
    keep(number := number + 1)
