# attack: language | changes what a class pattern's positions name | without language: said
class Sly:
    __match_args__ = ("value",)
    value = 1
Sly.__match_args__ = ("__class__",)
match Sly():
    case Sly(kind):
        log("PLUNDER-LANGUAGE", str(kind)[:20])
