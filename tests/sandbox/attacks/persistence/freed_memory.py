# attack: raw twice | looks for another run's text in memory that was freed
import ctypes
block = np.empty(1 << 20, dtype="u1").tobytes()
if b"plunder-was-here-" * 2 in block:
    log("PLUNDER-PERSISTENCE")
del block
mark = ("plunder-was-" + "here-") * 60000
