# attack: language | gives a table of two rows a thousand million
series = pd.Series([1.0, 2.0], index=[0, 10**9])
result = len(series.reindex(range(10**9)))
