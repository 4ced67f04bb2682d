# attack: language | writes a file with pandas, as the originals let it
pd.DataFrame({"a": [1]}).to_csv(params["written"])
