# attack: language | answers for a class that is given items | without language: said
class Made:
    def __class_getitem__(cls, item):
        return cls.__mro__
log("PLUNDER-LANGUAGE", len(Made[1]))
