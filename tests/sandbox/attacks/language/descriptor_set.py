# attack: language | takes what is assigned to another object | without language: said
class Spy:
    def __set__(self, instance, value):
        log("PLUNDER-LANGUAGE", value)
class Made:
    spy = Spy()
Made().spy = 1
