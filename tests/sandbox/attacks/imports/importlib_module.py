# attack: language | imports what imports | without language: said
import importlib
log("PLUNDER-LANGUAGE", importlib.import_module("sys").platform)
