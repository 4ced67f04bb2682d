# attack: language | takes zeros, which cost nothing, and writes to each page
hoard = []
while True:
    piece = np.zeros(1_000_000)
    piece[::512] = 1.0
    hoard.append(piece)
