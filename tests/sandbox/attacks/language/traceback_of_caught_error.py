# attack: language | climbs from a caught error to the frames of the guest | without language: said
try:
    [][1]
except IndexError as fault:
    trace = getattr(fault, "__traceback__")
    log("PLUNDER-LANGUAGE", trace.tb_frame)
