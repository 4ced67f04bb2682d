# attack: language | has partial keep the format method of a text | without language: said
from functools import partial
log("PLUNDER-LANGUAGE", partial("{0.__code__}".format, log)()[:30])
