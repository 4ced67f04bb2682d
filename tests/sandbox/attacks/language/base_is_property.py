# attack: language | derives from property to see what it is given | without language: said
class Sly(property):
    pass
log("PLUNDER-LANGUAGE", Sly(len).fget)
