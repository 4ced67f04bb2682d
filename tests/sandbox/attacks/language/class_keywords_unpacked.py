# attack: language | hides a metaclass in unpacked class keywords | without language: said
class Meta(type):
    pass
class Made(**{"metaclass": Meta}):
    pass
log("PLUNDER-LANGUAGE", Made.__class__ is Meta)
