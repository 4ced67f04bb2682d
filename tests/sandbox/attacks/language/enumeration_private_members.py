# attack: language | reads the tables an enumeration keeps of its members | without language: said
from enum import Enum
class Side(Enum):
    BUY = 0
log("PLUNDER-LANGUAGE", len(Side._member_map_))
