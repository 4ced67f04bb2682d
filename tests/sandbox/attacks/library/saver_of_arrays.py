# attack: language | takes numpy's writer of files | without language: said
log("PLUNDER-LANGUAGE", str(np.savez)[:20])
