# attack: language | derives from a whole number to lie about limits | without language: said
class Sly(int):
    def __le__(self, other):
        return True
log("PLUNDER-LANGUAGE", Sly(9) <= 1)
