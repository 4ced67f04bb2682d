# attack: language | imports the masked arrays whose module holds the built-ins | without language: said
import numpy.ma as masked
log("PLUNDER-LANGUAGE", str(masked.core.builtins)[:20])
