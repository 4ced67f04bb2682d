# attack: language | is given an enumeration's class by the hook for members it lacks | without language: said
from enum import Enum
seen = []
class Side(Enum):
    BUY = 0
    @classmethod
    def _missing_(cls, value):
        seen.append(cls.__mro__)
        return cls.BUY
Side(5)
log("PLUNDER-LANGUAGE", len(seen))
