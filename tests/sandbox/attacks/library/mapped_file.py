# attack: language | has numpy map a file | without language: said
log("PLUNDER-LANGUAGE", str(np.memmap)[:20])
