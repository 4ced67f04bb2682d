# attack: language | keeps generators that were stopped while they held much | without memory_limit: memory
def holding():
    much = np.ones(100_000)
    yield 1
    yield much
hoard = []
while len(hoard) < 400:
    hoard.append(holding())
    next(hoard[-1])
