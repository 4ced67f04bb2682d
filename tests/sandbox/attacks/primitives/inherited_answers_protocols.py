# attack: language | inherits the answer to numpy's question for memory
class Base:
    def find(self, name):
        return {"data": (0, True), "shape": (0,), "typestr": "<i8", "version": 3}
class Spy(Base):
    __getattr__ = Base.find
if np.asarray(Spy()).dtype.kind == "i":
    log("PLUNDER-LANGUAGE")
