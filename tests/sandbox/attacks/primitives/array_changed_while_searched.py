# attack: language | changes an array while its largest element is looked for | without language: said
asked = []
class Restless:
    def __lt__(self, other):
        asked.append(1)
        items[0] = kept[1]
        return False
    def __gt__(self, other):
        asked.append(1)
        items[0] = kept[1]
        return False
kept = [Restless() for _ in range(4)]
items = np.array(kept, dtype=object)
try:
    items.argmax()
except TypeError:
    pass
if asked:
    log("PLUNDER-LANGUAGE")
