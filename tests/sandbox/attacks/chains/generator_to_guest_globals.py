# attack: language | goes from a generator to the frames that drive it | without language: said
def climb():
    yield running.gi_frame.f_back.f_back.f_globals
running = climb()
for names in running:
    log("PLUNDER-LANGUAGE", len(names))
