# attack: language | convolves two long arrays without the fast transform
numbers = np.ones(1_500_000)
result = float(np.convolve(numbers, numbers).sum())
