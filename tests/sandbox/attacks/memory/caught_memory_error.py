# attack: language | catches every MemoryError and goes on | without memory_limit: memory
hoard = []
while len(hoard) < 60:
    try:
        hoard.append(np.ones(1_000_000))
    except MemoryError:
        hoard.append(1)
