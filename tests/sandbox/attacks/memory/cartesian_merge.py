# attack: language | merges a table with itself
table = pd.DataFrame({"key": [1] * 30_000})
result = len(table.merge(table, on="key"))
