# attack: language | has partial keep a forbidden name | without language: said
import functools
found = functools.partial(getattr, log)("__closure__")
log("PLUNDER-LANGUAGE", len(found))
