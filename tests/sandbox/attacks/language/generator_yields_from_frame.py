# attack: language | reads what a generator delegates to | without language: said
def inner():
    yield 1
def outer():
    yield from inner()
running = outer()
next(running)
log("PLUNDER-LANGUAGE", str(running.gi_yieldfrom)[:20])
