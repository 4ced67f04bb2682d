# attack: language | pivots rows that share nothing into a square
table = pd.DataFrame({"a": range(50_000), "b": range(50_000), "c": 1.0})
result = table.pivot(index="a", columns="b", values="c").shape[0]
