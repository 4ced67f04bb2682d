# attack: raw twice | adds a module that the next run could import
import sys, types
if "note" in sys.modules:
    log("PLUNDER-PERSISTENCE")
sys.modules["note"] = types.ModuleType("note")
