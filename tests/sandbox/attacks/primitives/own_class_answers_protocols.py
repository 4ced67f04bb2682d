# attack: language | answers numpy's question for memory from its own lookup | without language: said
class Spy:
    def __getattr__(self, name):
        if name != "__array_interface__":
            raise AttributeError(name)
        return {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
if np.asarray(Spy()).dtype.kind == "i":
    log("PLUNDER-LANGUAGE")
