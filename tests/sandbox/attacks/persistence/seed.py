# attack: language twice | leaves the random numbers in a state that the next run meets
first = np.random.random()
if abs(first - 0.123) < 1e-12:
    log("PLUNDER-PERSISTENCE")
for _ in range(100):
    np.random.random()
