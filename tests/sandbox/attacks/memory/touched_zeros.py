# attack: language | takes zeros, which cost nothing, and writes to each page | without memory_limit: memory
hoard = []
while len(hoard) < 50:
    piece = np.zeros(1_000_000)
    piece[::512] = 1.0
    hoard.append(piece)
