# attack: language | imports what calls a method by name
from operator import methodcaller
log("PLUNDER-LANGUAGE", methodcaller("__reduce_ex__", 2)(log))
