# attack: language | imports warnings for the modules its records hold | without language: said
import warnings
log("PLUNDER-LANGUAGE", warnings.sys.platform)
