# attack: language | imports the private alias under which random keeps os | without language: said
from random import _os
log("PLUNDER-LANGUAGE", _os.getpid())
