# attack: language | copies what it may not read | without language: said
import copy
log("PLUNDER-LANGUAGE", str(copy.copy(log).__globals__)[:20])
