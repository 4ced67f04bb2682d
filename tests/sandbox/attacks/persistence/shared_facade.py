# attack: language twice | hangs a note on a module that every script sees
import math
try:
    if math.note:
        log("PLUNDER-PERSISTENCE")
except AttributeError:
    pass
math.note = 1
