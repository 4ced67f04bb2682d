# attack: language | derives from text to lie in comparisons | without language: said
class Sly(str):
    def __eq__(self, other):
        return True
    def __hash__(self):
        return hash("sum")
log("PLUNDER-LANGUAGE", Sly("to_csv") == "sum")
