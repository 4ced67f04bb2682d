# attack: language | reads the internals of a named tuple's class | without language: said
from collections import namedtuple
Pair = namedtuple("Pair", "a b")
log("PLUNDER-LANGUAGE", str(Pair._make.__func__.__globals__)[:20])
