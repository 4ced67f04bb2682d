# attack: language | is given what json cannot say | without language: said
import json
seen = []
def hook(value):
    seen.append(value.__globals__)
    return 1
json.dumps(log, default=hook)
log("PLUNDER-LANGUAGE", len(seen))
