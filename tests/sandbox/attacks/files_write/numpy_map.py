# attack: raw | has numpy map a new file
np.memmap(params["written"], dtype="u1", mode="w+", shape=(0,))
