# attack: language | reads the function inside of a method | without language: said
class First:
    def look(self):
        return 1
log("PLUNDER-LANGUAGE", First().look.__func__.__name__)
