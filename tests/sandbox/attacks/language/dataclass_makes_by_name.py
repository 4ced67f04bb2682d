# attack: language | makes a data class with fields nobody checks | without language: said
from dataclasses import make_dataclass
Made = make_dataclass("Made", [("__array_interface__", object)])
log("PLUNDER-LANGUAGE", Made)
