# attack: language | asks hasattr for what getattr would refuse | without language: said
if hasattr(log, "__globals__") or hasattr({}, "__class__"):
    log("PLUNDER-LANGUAGE")
