# attack: language | reads the function a cache wraps | without language: said
import functools
@functools.lru_cache
def first():
    return 1
log("PLUNDER-LANGUAGE", first.__wrapped__())
