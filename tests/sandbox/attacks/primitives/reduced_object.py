# attack: language | asks an object how it would be rebuilt | without language: said
log("PLUNDER-LANGUAGE", str([1].__reduce_ex__(4)[0])[:20])
