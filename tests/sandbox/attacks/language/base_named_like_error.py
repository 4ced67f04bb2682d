# attack: language | derives from a named tuple that is called like an allowed base | without language: said
from collections import namedtuple
class Sly(namedtuple("KeyError", ["a", "b"])):
    def __getitem__(self, key):
        return "sum"
log("PLUNDER-LANGUAGE", Sly(1, 2)[0])
