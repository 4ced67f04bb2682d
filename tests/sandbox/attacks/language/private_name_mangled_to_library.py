# attack: language | reaches a private name of a library through the name of its class | without language: said
class mgr:
    def look(self, other):
        return other.__x
class _DataFrame:
    def look(self, other):
        return other._DataFrame__x if False else other._mgr
log("PLUNDER-LANGUAGE", str(_DataFrame().look(pd.DataFrame()))[:20])
