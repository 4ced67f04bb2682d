# attack: language | derives from partial to see what it holds | without language: said
import functools
class Sly(functools.partial):
    pass
log("PLUNDER-LANGUAGE", Sly(len)([1]))
