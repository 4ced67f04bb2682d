# attack: language | works for every window of a rolling apply
numbers = pd.Series(np.arange(5000.0))
result = numbers.rolling(2).apply(lambda window: sum(range(10**7)), raw=True).sum()
