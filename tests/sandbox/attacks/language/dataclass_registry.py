# attack: language | reads the parameters Python keeps of a data class | without language: said
from dataclasses import dataclass
@dataclass
class Point:
    x: int = 1
log("PLUNDER-LANGUAGE", str(Point.__dataclass_fields__)[:20])
