# attack: language | takes the object out of an encoding error | without language: said
try:
    "é".encode("ascii")
except UnicodeError as fault:
    log("PLUNDER-LANGUAGE", fault.object, fault.encoding)
