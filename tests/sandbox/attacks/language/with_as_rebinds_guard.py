# attack: language | binds a guard's name as a context manager's value | without language: said
with np.errstate(all="ignore") as _getattr_:
    log("PLUNDER-LANGUAGE")
