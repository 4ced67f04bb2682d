# attack: language | has a format's item lookup hand out attributes | without language: said
class Bag:
    def __getitem__(self, name):
        return getattr(log, name)
log("PLUNDER-LANGUAGE", "{0[__code__]}".format(Bag())[:20])
