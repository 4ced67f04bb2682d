# attack: language | reads the function behind a cached property | without language: said
import functools
held = functools.cached_property(log)
log("PLUNDER-LANGUAGE", held.func.__name__)
