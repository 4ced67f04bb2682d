# attack: language | has percent formatting call an item lookup that reads attributes | without language: said
class Reader:
    def __getitem__(self, name):
        return getattr(log, name)
log("PLUNDER-LANGUAGE", ("%(__code__)s" % Reader())[:30])
