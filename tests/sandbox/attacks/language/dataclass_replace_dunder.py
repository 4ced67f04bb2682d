# attack: language | replaces a field that has a protocol's name | without language: said
from dataclasses import dataclass, replace
@dataclass
class Point:
    x: int = 1
    def __post_init__(self):
        setattr(self, "__array_interface__", {"data": (0, True)})
log("PLUNDER-LANGUAGE", str(replace(Point(), x=2)))
