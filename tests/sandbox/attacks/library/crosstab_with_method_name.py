# attack: language | has a cross table read an attribute by its name | without language: said
a = pd.Series([1, 1])
try:
    pd.crosstab(a, a, values=a, aggfunc="grouper_of_nobody")
except AttributeError as fault:
    if "grouper_of_nobody" in str(fault):
        log("PLUNDER-LANGUAGE")
