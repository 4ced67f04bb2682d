# attack: language | groups by categories whose combinations nobody observed
codes = pd.Series(range(300)).astype("category")
table = pd.DataFrame({"a": codes, "b": codes, "c": codes, "d": codes, "v": 1.0})
result = len(table.groupby(["a", "b", "c", "d"], observed=False)["v"].sum())
