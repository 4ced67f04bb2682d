# attack: language | uses a decorator to read what an expression may not | without language: said
@(lambda function: log.__code__)
def reached():
    pass
log("PLUNDER-LANGUAGE", str(reached)[:20])
