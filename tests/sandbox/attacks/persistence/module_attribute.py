# attack: raw twice | leaves a note in a module
import math
if hasattr(math, "note"):
    log("PLUNDER-PERSISTENCE")
math.note = 1
