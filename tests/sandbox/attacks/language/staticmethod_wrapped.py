# attack: language | reads the function inside of a static method | without language: said
held = staticmethod(log)
log("PLUNDER-LANGUAGE", str(held.__wrapped__)[:20])
