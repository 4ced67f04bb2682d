# attack: language | derives from a list to change while it is read | without language: said
class Sly(list):
    def __iter__(self):
        return iter(["to_csv"])
log("PLUNDER-LANGUAGE", list(Sly()))
