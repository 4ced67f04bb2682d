# attack: language | plants an attribute on a function of the platform | without language: said
setattr(log, "note", 1)
log("PLUNDER-LANGUAGE")
