# attack: language | has numpy ask a sequence for its length, which could change the list around it | without language: said
asked = []
class Row:
    def __len__(self):
        asked.append(1)
        return 1
    def __getitem__(self, place):
        asked.append(1)
        return [1.0][place]
try:
    np.array([[1.0], Row()])
except (TypeError, ValueError):
    pass
if asked:
    log("PLUNDER-LANGUAGE")
