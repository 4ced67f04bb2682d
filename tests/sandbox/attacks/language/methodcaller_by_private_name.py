# attack: language | calls a private method by its name | without language: said
from operator import methodcaller
log("PLUNDER-LANGUAGE", str(methodcaller("__sizeof__")(log)))
