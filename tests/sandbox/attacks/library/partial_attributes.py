# attack: language | reads the function inside of a partial
import functools
held = functools.partial(log, "x")
log("PLUNDER-LANGUAGE", held.func.__globals__)
