# attack: language | has accumulate walk forbidden attributes | without language: said
import itertools
found = list(itertools.accumulate([log, "__class__", "__base__"], getattr))
log("PLUNDER-LANGUAGE", len(found))
