# attack: language | uses super() to look past the guard | without language: said
class Probe:
    def look(self):
        return super().__getattribute__("__class__")
log("PLUNDER-LANGUAGE", Probe().look())
