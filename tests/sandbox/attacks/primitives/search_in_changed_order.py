# attack: language | changes the order of a search while it runs
order = np.arange(64)
class Restless:
    def __lt__(self, other):
        order[...] = 10 ** 9
        return True
items = np.array([Restless() for _ in range(64)], dtype=object)
found = np.searchsorted(items, Restless(), sorter=order)
if int(found) > 64:
    log("PLUNDER-LANGUAGE")
