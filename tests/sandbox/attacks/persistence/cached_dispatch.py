# attack: raw twice | puts itself into a cache of the interpreter
import re
if ("plunder", 0) in [key[1:3] for key in re._cache]:
    log("PLUNDER-PERSISTENCE")
re.compile("plunder")
key = next((key for key in re._cache if key[1] == "plunder"), None)
if key is not None:
    re._cache[(str, "plunder", 0)] = "note"
