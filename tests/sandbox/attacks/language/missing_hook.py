# attack: language | answers the keys a dictionary lacks | without language: said
class Spy(dict):
    def __missing__(self, key):
        return getattr(log, key)
log("PLUNDER-LANGUAGE", Spy()["__name__"])
