# attack: language | keeps generators that were stopped while they held much
def holding():
    much = np.ones(100_000)
    yield 1
    yield much
hoard = []
while True:
    hoard.append(holding())
    next(hoard[-1])
