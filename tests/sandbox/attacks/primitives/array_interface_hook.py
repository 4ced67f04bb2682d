# attack: language | describes memory that is not its own | without language: said
class Hook:
    @property
    def __array_interface__(self):
        return {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
if np.asarray(Hook()).dtype.kind == "i":
    log("PLUNDER-LANGUAGE")
