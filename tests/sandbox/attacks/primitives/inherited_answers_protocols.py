# attack: language | inherits the answer to numpy's question for memory | without language: said
class Base:
    def find(self, name):
        if name != "__array_interface__":
            raise AttributeError(name)
        return {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
class Spy(Base):
    __getattr__ = Base.find
if np.asarray(Spy()).dtype.kind == "i":
    log("PLUNDER-LANGUAGE")
