# attack: language | watches a function of the platform die | without language: said
import weakref
kept = weakref.WeakValueDictionary(log=log)
log("PLUNDER-LANGUAGE", len(kept))
