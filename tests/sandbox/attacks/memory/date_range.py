# attack: language | asks for every second of two centuries
result = len(pd.date_range("1800-01-01", "2000-01-01", freq="s"))
