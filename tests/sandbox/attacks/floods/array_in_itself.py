# attack: language | returns an array of objects that holds itself
result = np.array([1, 2], dtype=object)
result[0] = result
