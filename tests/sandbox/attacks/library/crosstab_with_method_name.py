# attack: language | has a cross table call a method by its name
a = pd.Series([1, 1])
found = pd.crosstab(a, a, values=a, aggfunc="__sizeof__")
log("PLUNDER-LANGUAGE", found.size)
