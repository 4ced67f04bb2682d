# attack: language | has a sort trust keys whose order is made by a function | without language: said
import functools
asked = []
def compare(first, second):
    asked.append(1)
    return 1
key = functools.cmp_to_key(compare)
items = np.array([key(place) for place in range(9)], dtype=object)
try:
    np.sort(items)
except TypeError:
    pass
if asked:
    log("PLUNDER-LANGUAGE")
