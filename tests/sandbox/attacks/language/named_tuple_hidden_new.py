# attack: language | gives a named tuple another way to be made
from typing import NamedTuple
class Pair(NamedTuple):
    a: int
    def __new__(cls, a):
        return log
log("PLUNDER-LANGUAGE", Pair(1))
