# attack: language | reads a private name of a library's object as its own | without language: said
class Bag:
    def look(self, other):
        return other._mgr
log("PLUNDER-LANGUAGE", str(Bag().look(pd.Series([1.0])))[:20])
