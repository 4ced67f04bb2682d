# attack: language | runs code where a number is expected | without language: said
class Spy:
    def __index__(self):
        log("PLUNDER-LANGUAGE")
        return 0
[1][Spy()]
