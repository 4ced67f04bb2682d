# attack: language | answers for numpy's universal functions | without language: said
class Hook:
    def __array_ufunc__(self, function, method, *inputs, **keywords):
        return method
log("PLUNDER-LANGUAGE", np.add(Hook(), 1))
