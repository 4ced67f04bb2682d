# attack: language | plants a protocol's name on its own object | without language: said
class Spy:
    pass
spy = Spy()
setattr(spy, "__array_interface__", {"data": (0, True)})
log("PLUNDER-LANGUAGE", len(vars(spy)))
