# attack: language | answers the attributes it does not have | without language: said
class Spy:
    def __getattr__(self, name):
        return name
log("PLUNDER-LANGUAGE", Spy().anything)
