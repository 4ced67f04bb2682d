# attack: language | deletes a name of a module | without language: said
import statistics
del statistics.mean
log("PLUNDER-LANGUAGE")
