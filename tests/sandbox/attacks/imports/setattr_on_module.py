# attack: language | replaces a module's function by name | without language: said
import math
setattr(math, "sqrt", lambda x: 0)
log("PLUNDER-LANGUAGE", math.sqrt(4))
