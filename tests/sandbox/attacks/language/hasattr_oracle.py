# attack: language | asks hasattr for what getattr would refuse
if hasattr(log, "__globals__") or hasattr({}, "__class__"):
    log("PLUNDER-LANGUAGE")
