# attack: language | reads a generator's frame with a class pattern | without language: said
match (n for n in [1]):
    case object(gi_frame=found):
        log("PLUNDER-LANGUAGE", str(found)[:20])
