# attack: language | copies what is stretched over a million millions and is one number
wide = np.broadcast_to(np.ones(1), (1_000_000, 1_000_000))
result = float((wide + 1).sum())
