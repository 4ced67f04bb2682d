# attack: raw twice | looks for what the zygote's other children keep
import gc
for item in gc.get_objects():
    if type(item) is dict and "diary" in item and item.get("diary") == "PLUNDER-" + "NEIGHBOUR":
        log("PLUNDER-NEIGHBOUR")
