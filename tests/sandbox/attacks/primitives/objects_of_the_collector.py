# attack: language | asks the collector for every object | without language: said
import gc
log("PLUNDER-LANGUAGE", len(gc.get_objects()) > 0)
