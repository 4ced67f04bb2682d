# attack: language | writes memory beyond an array through a category nobody checked
held = pd.Categorical.from_codes([100, 0], categories=["a"], validate=False)
sums = pd.Series([1.0, 2.0]).groupby(held, observed=False).sum()
if sums.iloc[0] == 2.0:
    log("PLUNDER-LANGUAGE")
