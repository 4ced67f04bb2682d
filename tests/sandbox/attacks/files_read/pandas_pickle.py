# attack: raw | has pandas unpickle a planted file
pd.read_pickle(params["folder"] + "/planted.pkl")
