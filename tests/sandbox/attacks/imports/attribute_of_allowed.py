# attack: language | finds os as an attribute of an allowed module
import json
log("PLUNDER-LANGUAGE", json.codecs.builtins.open)
