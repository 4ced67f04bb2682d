# attack: language | climbs from the class that type() gives | without language: said
log("PLUNDER-LANGUAGE", len(type(1).__mro__))
