# attack: raw twice | has a function called at the end
import atexit, gc
atexit.register(log, "PLUNDER-" + "PERSISTENCE")
def note():
    pass
if any(getattr(thing, "__name__", "") == "plunder_note" for thing in gc.get_objects() if callable(thing)):
    log("PLUNDER-PERSISTENCE")
note.__name__ = "plunder_note"
