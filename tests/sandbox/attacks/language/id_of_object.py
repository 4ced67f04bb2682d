# attack: language | asks where an object lies in memory | without language: said
log("PLUNDER-LANGUAGE", id(log) > 0)
