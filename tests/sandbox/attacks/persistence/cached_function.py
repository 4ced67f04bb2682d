# attack: language twice | remembers in a cache across runs
import functools
@functools.lru_cache
def remember(key):
    return []
found = remember(1)
if found:
    log("PLUNDER-PERSISTENCE")
found.append(1)
