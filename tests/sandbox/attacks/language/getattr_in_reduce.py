# attack: language | has reduce walk forbidden attributes | without language: said
import functools
found = functools.reduce(getattr, ["__class__", "__mro__"], log)
log("PLUNDER-LANGUAGE", len(found))
