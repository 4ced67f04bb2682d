# attack: language twice | leaves a note in its parameters
if "note" in params or "note" in context:
    log("PLUNDER-PERSISTENCE")
params["note"] = 1
context["note"] = 1
