# attack: language | multiplies a vector with itself into a table | without memory_limit: memory
numbers = np.ones(7_000)
result = float(np.outer(numbers, numbers)[0, 0])
