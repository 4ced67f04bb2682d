# attack: language | loops when numpy compares two of its objects
class Slow:
    def __lt__(self, other):
        while True:
            pass
result = np.sort(np.array([Slow(), Slow()], dtype=object)).size
