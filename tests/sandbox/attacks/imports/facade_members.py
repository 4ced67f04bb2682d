# attack: language | imports a facade's own fields | without language: said
from math import __dict__ as names
log("PLUNDER-LANGUAGE", len(names))
