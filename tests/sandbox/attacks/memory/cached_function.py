# attack: language | lets an endless cache keep large arrays | without memory_limit: memory
import functools
@functools.lru_cache(maxsize=None)
def keep(number):
    return np.ones(100_000)
number = 0
while number < 400:
    keep(number := number + 1)
