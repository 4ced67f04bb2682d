# attack: language | changes a list while numpy walks it and asks its objects for text | without language: said
class Restless:
    def __str__(self):
        rows[1] = "changed"
        return "restless"
kept = [Restless(), Restless()]
rows = list(kept)
if np.array(rows, dtype=str)[1] == "changed":
    log("PLUNDER-LANGUAGE")
