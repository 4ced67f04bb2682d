# attack: language | tiles an array in five directions
result = int(np.tile(np.ones((10, 10)), (50, 50, 50, 50, 50)).size)
