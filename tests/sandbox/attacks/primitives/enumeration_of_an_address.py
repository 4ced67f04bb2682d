# attack: language | has an enumeration's call put a protocol of numpy on its class | without language: said
from enum import Enum
interface = {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
Evil = Enum("Evil", {"A": 1, "__array_interface__": interface})
if np.asarray(Evil.A).dtype.kind == "i":
    log("PLUNDER-LANGUAGE")
