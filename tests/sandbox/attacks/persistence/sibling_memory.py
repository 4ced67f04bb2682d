# attack: raw twice | looks for another run's data in its own memory
import gc
for item in gc.get_objects():
    if type(item) is dict and item.get("marker") == "PLUNDER-" + "SIBLING":
        log("PLUNDER-SIBLING")
context["marker"] = "PLUNDER-" + "SIBLING"
