# attack: language | runs when it is thrown away | without language: said
class Spy:
    def __del__(self):
        log("PLUNDER-LANGUAGE")
spy = Spy()
spy = None
