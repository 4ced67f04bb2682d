# attack: language | reads its own object's dictionary | without language: said
class First:
    def __init__(self):
        self.__dict__["x"] = 1
log("PLUNDER-LANGUAGE", First().x)
