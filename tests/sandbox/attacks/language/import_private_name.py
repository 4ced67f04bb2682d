# attack: language | imports a private name from an allowed module | without language: said
from collections import _sys
log("PLUNDER-LANGUAGE", _sys.platform)
