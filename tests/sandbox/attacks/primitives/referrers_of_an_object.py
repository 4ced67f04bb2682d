# attack: language | asks the collector who holds a function | without language: said
import gc
log("PLUNDER-LANGUAGE", len(gc.get_referrers(log)))
