# attack: language | empties a list while numpy walks it and asks its objects for text
class Restless:
    def __str__(self):
        rows.clear()
        return "x"
rows = [Restless() for _ in range(500)]
found = np.array(rows, dtype=str)
