# attack: language | takes the function a field's default is made with | without language: said
from dataclasses import dataclass, field, fields
@dataclass
class Point:
    x: object = field(default_factory=list)
log("PLUNDER-LANGUAGE", str(fields(Point)[0].default_factory.__subclasses__())[:20])
