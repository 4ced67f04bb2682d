# attack: language | reads an error's traceback with a class pattern | without language: said
class Fault(Exception):
    pass
try:
    raise Fault()
except Fault as fault:
    match fault:
        case Fault(__traceback__=found):
            log("PLUNDER-LANGUAGE", str(found)[:20])
