# attack: language | climbs from an enumeration to its bases | without language: said
from enum import Enum
class Side(Enum):
    BUY = 0
log("PLUNDER-LANGUAGE", len(Side.mro()))
