# attack: language | raises a matrix to an enormous power inside the linear algebra library
table = np.eye(1200)
result = float(np.linalg.matrix_power(table, 2**62 + 1)[0, 0])
