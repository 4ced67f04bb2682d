# attack: language | has starmap read forbidden attributes | without language: said
import itertools
found = list(itertools.starmap(getattr, [(log, "__code__")]))
log("PLUNDER-LANGUAGE", len(found))
