# attack: language | imports numpy's bridge to C
import numpy.ctypeslib as bridge
log("PLUNDER-LANGUAGE", bridge.as_array.__name__)
