# attack: language | throws an error into a generator to catch its traceback | without language: said
def steps():
    try:
        yield 1
    except ValueError as fault:
        yield fault.__traceback__
running = steps()
next(running)
log("PLUNDER-LANGUAGE", str(running.throw(ValueError()).tb_frame)[:20])
