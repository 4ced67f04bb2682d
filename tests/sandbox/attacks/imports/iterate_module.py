# attack: language | asks a module for everything it holds | without language: said
import math
log("PLUNDER-LANGUAGE", len(vars(math)), len(dir(math)))
