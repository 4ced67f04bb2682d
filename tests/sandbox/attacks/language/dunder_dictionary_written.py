# attack: language | writes a protocol's name into its own object's dictionary | without language: said
class Fake:
    pass
fake = Fake()
fake.__dict__["__array_interface__"] = {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
if np.asarray(fake).dtype.kind == "i" or "__array_interface__" in fake.__dict__:
    log("PLUNDER-LANGUAGE")
