# attack: language | has json make its own encoder | without language: said
import json
class Encoder(json.JSONEncoder):
    pass
log("PLUNDER-LANGUAGE", str(json.dumps(1, cls=Encoder)))
