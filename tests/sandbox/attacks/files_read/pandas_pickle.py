# attack: raw | goes past the language to the reader of pickles
pd.read_pickle(params["folder"] + "/planted.pkl")
