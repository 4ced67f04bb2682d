# attack: language | is told of the class it is assigned in | without language: said
class Spy:
    def __set_name__(self, owner, name):
        self.owner = owner.__mro__
class Made:
    spy = Spy()
log("PLUNDER-LANGUAGE", len(Made.spy.owner))
