# attack: language | answers every attribute it is asked for | without language: said
class Spy:
    def __getattribute__(self, name):
        return name
log("PLUNDER-LANGUAGE", Spy().anything)
