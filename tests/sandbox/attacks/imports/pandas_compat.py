# attack: language | imports the module of pandas that knows the machine | without language: said
from pandas.compat import sys
log("PLUNDER-LANGUAGE", sys.platform)
