# attack: language | sorts by keys that change while they are compared | without language: said
class Liar:
    def __lt__(self, other):
        keys[0] = 0
        return True
keys = np.array([Liar() for _ in range(32)], dtype=object)
order = np.lexsort((keys,))
log("PLUNDER-LANGUAGE", order.size)
