# attack: raw twice | leaves a note among the names of every script
import builtins
if hasattr(builtins, "note"):
    log("PLUNDER-PERSISTENCE")
builtins.note = 1
