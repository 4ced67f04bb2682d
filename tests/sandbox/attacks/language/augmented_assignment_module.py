# attack: language twice | changes a module's constant in place
import math
math.pi += 1
log("PLUNDER-LANGUAGE", math.pi)
