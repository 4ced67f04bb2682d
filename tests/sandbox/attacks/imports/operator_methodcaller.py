# attack: language | imports what calls a method by name | without language: said
from operator import methodcaller
log("PLUNDER-LANGUAGE", str(methodcaller("__getattribute__", "__code__")(log))[:20])
