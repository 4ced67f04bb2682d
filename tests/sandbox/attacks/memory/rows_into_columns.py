# attack: language | unstacks a two-level index that is nowhere filled
index = pd.MultiIndex.from_arrays([range(40_000), range(40_000)])
result = pd.Series(1.0, index=index).unstack().shape[0]
