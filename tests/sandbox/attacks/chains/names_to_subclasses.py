# attack: language | goes from a named tuple to every class | without language: said
from collections import namedtuple
kinds = namedtuple("Pair", "a b").__base__.__base__.__subclasses__()
log("PLUNDER-LANGUAGE", len(kinds))
