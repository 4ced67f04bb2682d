# attack: language | asks for every microsecond between two days
days = pd.date_range("2020-01-01", periods=2, freq="D")
result = len(pd.Series([1.0, 2.0], index=days).resample("us").ffill())
