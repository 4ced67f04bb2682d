# attack: language | reads the text a data class was made from | without language: said
from dataclasses import dataclass, fields
@dataclass
class Point:
    x: int = 1
log("PLUNDER-LANGUAGE", len(Point.__init__.__globals__))
