# attack: language | answers for members an enumeration lacks with another object
from enum import Enum
class Side(Enum):
    BUY = 0
    @classmethod
    def _missing_(cls, value):
        return log.__globals__
log("PLUNDER-LANGUAGE", str(Side(5))[:20])
