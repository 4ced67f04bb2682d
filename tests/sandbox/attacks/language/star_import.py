# attack: language | imports every name of a module
from math import *
log("PLUNDER-LANGUAGE")
