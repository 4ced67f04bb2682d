# attack: language | catches every MemoryError and goes on
hoard = []
while True:
    try:
        hoard.append(np.ones(1_000_000))
    except MemoryError:
        hoard.append(1)
