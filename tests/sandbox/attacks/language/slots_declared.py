# attack: language | declares where its attributes lie | without language: said
class Spy:
    __slots__ = ("a", "__array_interface__")
log("PLUNDER-LANGUAGE", len(Spy.__slots__))
