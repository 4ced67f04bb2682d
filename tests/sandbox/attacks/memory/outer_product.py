# attack: language | multiplies a vector with itself into a table
numbers = np.ones(60_000)
result = float(np.outer(numbers, numbers)[0, 0])
