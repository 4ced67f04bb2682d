# attack: language | imports sys from the module of dates | without language: said
from datetime import sys
log("PLUNDER-LANGUAGE", sys.platform)
