# attack: raw | has numpy unpickle a planted file
np.load(params["folder"] + "/planted.npy", allow_pickle=True)
