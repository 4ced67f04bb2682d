# attack: language | derives from the class that stands for anything | without language: said
import typing
class Sly(typing.Any):
    pass
log("PLUNDER-LANGUAGE", Sly.__mro__[1])
