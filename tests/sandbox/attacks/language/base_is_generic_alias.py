# attack: language | derives from a parametrised class | without language: said
import typing
class Sly(typing.List[int]):
    pass
log("PLUNDER-LANGUAGE", len(Sly()))
