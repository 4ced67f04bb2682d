# attack: language | turns each of many names into a column | without memory_limit: memory
names = pd.Series([f"name {number}" for number in range(30_000)])
result = pd.get_dummies(names).shape[1]
