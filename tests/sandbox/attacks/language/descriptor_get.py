# attack: language | answers as a descriptor with the class that owns it | without language: said
class Spy:
    def __get__(self, instance, owner):
        return owner.__dict__
class Made:
    spy = Spy()
log("PLUNDER-LANGUAGE", len(Made.spy))
