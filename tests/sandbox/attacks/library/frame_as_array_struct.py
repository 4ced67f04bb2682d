# attack: language | has numpy read a column as a protocol
frame = pd.DataFrame({"__array_interface__": [1], "__array__": [2]})
array = np.array(frame.iloc[0])
row = pd.Series({"__array_struct__": object()})
np.asarray(row)
if array.dtype.kind == "V":
    log("PLUNDER-LANGUAGE")
