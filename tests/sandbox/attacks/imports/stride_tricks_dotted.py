# attack: language | imports the trick that reads beyond an array by its dotted name | without language: said
from numpy.lib.stride_tricks import as_strided
log("PLUNDER-LANGUAGE", str(as_strided)[:20])
