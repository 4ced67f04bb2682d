# attack: language | answers numpy's question for an array | without language: said
class Hook:
    def __array__(self, dtype=None, copy=None):
        return np.zeros(3)
if np.asarray(Hook()).size == 3:
    log("PLUNDER-LANGUAGE")
