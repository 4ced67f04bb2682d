# attack: language | finds sys as a name of an allowed module
from statistics import sys
log("PLUNDER-LANGUAGE", sys.modules)
