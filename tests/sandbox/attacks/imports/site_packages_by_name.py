# attack: language | imports a package that happens to be installed | without language: said
import RestrictedPython
log("PLUNDER-LANGUAGE", RestrictedPython.__name__)
