# attack: language | asks a module's own lookup for a hidden name | without language: said
import math
log("PLUNDER-LANGUAGE", math.__getattribute__("__loader__"))
