# attack: raw twice | hides an object where nobody looks for garbage
import gc
if any(type(item) is list and item[:1] == ["plunder-frozen"] for item in gc.get_objects()):
    log("PLUNDER-PERSISTENCE")
keep = ["plunder-" + "frozen"]
gc.freeze()
