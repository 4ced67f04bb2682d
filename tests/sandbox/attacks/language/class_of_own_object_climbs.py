# attack: language | climbs from the class of its own object | without language: said
class First:
    pass
log("PLUNDER-LANGUAGE", len(First().__class__.__base__.__subclasses__()))
