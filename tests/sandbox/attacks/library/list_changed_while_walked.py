# attack: language | adds a name to a checked list while pandas walks it | without language: said
def grow(values):
    if len(functions) == 1:
        functions.append("_mgr")
    return 1
functions = [grow]
found = pd.Series([1.0]).agg(functions)
if "_mgr" in found.index:
    log("PLUNDER-LANGUAGE")
