# attack: language | reads the hidden attributes of an error about a name | without language: said
try:
    nothing_of_this_name
except NameError as fault:
    log("PLUNDER-LANGUAGE", fault.name)
