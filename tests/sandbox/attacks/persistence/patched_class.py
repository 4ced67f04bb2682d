# attack: raw twice | changes a method of a library's class
if getattr(pd.DataFrame, "note", None):
    log("PLUNDER-PERSISTENCE")
pd.DataFrame.note = 1
