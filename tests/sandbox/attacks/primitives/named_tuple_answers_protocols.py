# attack: language | answers numpy's question for memory from a named tuple | without language: said
from typing import NamedTuple
class Pair(NamedTuple):
    a: int
    def __getattr__(self, name):
        if name != "__array_interface__":
            raise AttributeError(name)
        return {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
if np.asarray(Pair(1)).shape == (0,):
    log("PLUNDER-LANGUAGE")
