# attack: language | updates its own object's dictionary with a protocol's name | without language: said
class Fake:
    pass
fake = Fake()
fake.__dict__.update({"__array_priority__": 1})
if hasattr(fake, "__array_priority__") or "__array_priority__" in fake.__dict__:
    log("PLUNDER-LANGUAGE")
