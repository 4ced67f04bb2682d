# attack: language | writes a series to a file of the host, as the originals let it
pd.Series([1.0], name="a").to_csv(params["written"], mode="w")
