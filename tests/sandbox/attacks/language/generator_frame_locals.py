# attack: language | reads the locals of a generator's frame | without language: said
def steps():
    hidden = 7
    yield hidden
running = steps()
next(running)
log("PLUNDER-LANGUAGE", running.gi_frame.f_locals["hidden"])
