# attack: language | adds a name to a checked list while a grouping walks it | without language: said
def grow(values):
    if len(functions) == 1:
        functions.append("__sizeof__")
    return 1
functions = [grow]
found = pd.Series([1.0]).groupby([0]).agg(functions)
if "__sizeof__" in found.columns:
    log("PLUNDER-LANGUAGE")
