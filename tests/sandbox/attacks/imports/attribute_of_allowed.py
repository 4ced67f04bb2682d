# attack: language | finds os as an attribute of an allowed module | without language: said
import json
log("PLUNDER-LANGUAGE", json.codecs.builtins.open)
