# attack: language | is given a specification that reads attributes | without language: said
class Bag:
    def __format__(self, specification):
        return specification.format(log)
log("PLUNDER-LANGUAGE", "{0:{1}}".format(Bag(), "{0.__code__}")[:20])
