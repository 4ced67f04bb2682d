# attack: language | changes an array while it is sorted
class Restless:
    def __lt__(self, other):
        items[0] = None
        return True
items = np.array([Restless() for _ in range(64)], dtype=object)
for attempt in range(20):
    for position in range(64):
        items[position] = Restless()
    try:
        items.sort()
    except TypeError:
        pass
