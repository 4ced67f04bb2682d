# attack: language | has a class pattern's positions name a forbidden attribute | without language: said
class Sly:
    __match_args__ = ("__class__", "__dict__")
match Sly():
    case Sly(kind, names):
        log("PLUNDER-LANGUAGE", str(kind)[:20])
