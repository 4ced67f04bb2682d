# attack: language | walks from a submodule back to its parent's private parts | without language: said
import numpy
log("PLUNDER-LANGUAGE", numpy.linalg._linalg.__name__)
