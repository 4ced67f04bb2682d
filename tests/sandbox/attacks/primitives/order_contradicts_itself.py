# attack: language | has a join of indexes trust an order that stops being one | without language: said
asked = []
class Liar:
    def __init__(self, place):
        self.place = place
    def __hash__(self):
        return hash(self.place)
    def __eq__(self, other):
        asked.append(1)
        return self.place == other.place
    def __lt__(self, other):
        asked.append(1)
        return self.place < other.place
    __gt__ = lambda self, other: other < self
index = pd.Index([Liar(place) for place in range(9)])
if index.is_monotonic_increasing and asked:
    log("PLUNDER-LANGUAGE")
