# attack: language | names the collected arguments like a guard | without language: said
def shadow(*_getiter_):
    return "PLUNDER-LANGUAGE"
log(shadow(1))
