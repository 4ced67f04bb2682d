# attack: language | reads memory beyond an array through a category nobody checked | without language: said
held = pd.Categorical.from_codes([100, 0], categories=[1.5], validate=False)
found = pd.Series(held).astype("float64").tolist()
if found[0] != 1.5:
    log("PLUNDER-LANGUAGE")
