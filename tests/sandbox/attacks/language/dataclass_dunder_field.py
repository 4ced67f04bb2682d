# attack: language | declares a field with a protocol's name | without language: said
from dataclasses import dataclass
@dataclass
class Point:
    __array_interface__: dict
log("PLUNDER-LANGUAGE", len(Point({"data": (0, True)}).__array_interface__))
