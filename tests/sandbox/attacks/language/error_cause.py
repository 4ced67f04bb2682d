# attack: language | reads the cause of an error it raised itself | without language: said
try:
    raise ValueError("a") from KeyError("b")
except ValueError as fault:
    log("PLUNDER-LANGUAGE", str(fault.__cause__))
