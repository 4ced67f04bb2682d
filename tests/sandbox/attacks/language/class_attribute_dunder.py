# attack: language | assigns a protocol's name in a class body | without language: said
class Spy:
    __array_priority__ = 1e9
log("PLUNDER-LANGUAGE", Spy.__array_priority__)
