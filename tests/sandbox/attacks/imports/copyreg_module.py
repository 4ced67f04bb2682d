# attack: language | imports the registry of how objects are rebuilt | without language: said
import copyreg
log("PLUNDER-LANGUAGE", len(copyreg.dispatch_table))
