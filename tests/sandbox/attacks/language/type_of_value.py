# attack: language | climbs from the class of a value to every class | without language: said
log("PLUNDER-LANGUAGE", len(type(1).__base__.__subclasses__()))
