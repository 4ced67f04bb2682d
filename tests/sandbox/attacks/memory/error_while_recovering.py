# attack: language | runs out of memory again while it handles running out of memory
def recover(hoard):
    try:
        while True:
            hoard.append([0] * 1000)
    except MemoryError:
        recover(hoard)
recover([])
