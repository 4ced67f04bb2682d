# attack: language | adds a name to a module | without language: said
import json
json.extra = 1
log("PLUNDER-LANGUAGE", json.extra)
