# attack: language | imports a module that typing keeps as a name | without language: said
from typing import sys, get_type_hints
log("PLUNDER-LANGUAGE", sys.platform)
