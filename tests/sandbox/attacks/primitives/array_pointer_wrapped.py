# attack: language | wraps an array in a pointer of ctypes | without language: said
pointer = np.zeros(1).ctypes.data_as
log("PLUNDER-LANGUAGE", str(pointer)[:20])
