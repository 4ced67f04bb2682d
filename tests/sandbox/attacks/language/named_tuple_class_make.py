# attack: language | rebuilds a named tuple by a method that trusts its argument | without language: said
from typing import NamedTuple
class Pair(NamedTuple):
    a: int
log("PLUNDER-LANGUAGE", str(Pair._make.__self__)[:20])
