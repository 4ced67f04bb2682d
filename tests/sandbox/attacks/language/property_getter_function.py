# attack: language | reads the function inside of a property | without language: said
class First:
    look = property(lambda self: 1)
held = getattr(First, "look")
log("PLUNDER-LANGUAGE", str(held.fget)[:20])
