# attack: language | makes an object of another class | without language: said
class Spy:
    def __new__(cls):
        return cls.__mro__
log("PLUNDER-LANGUAGE", len(Spy()))
