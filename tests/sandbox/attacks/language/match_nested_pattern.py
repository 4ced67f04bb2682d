# attack: language | hides a forbidden attribute in a pattern inside of a sequence | without language: said
match [1, [log]]:
    case [1, [object(__closure__=found)]]:
        log("PLUNDER-LANGUAGE", str(found)[:20])
