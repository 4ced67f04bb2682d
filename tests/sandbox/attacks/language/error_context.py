# attack: language | reads what an error was raised while handling | without language: said
try:
    try:
        1 / 0
    except ZeroDivisionError:
        [][1]
except IndexError as fault:
    log("PLUNDER-LANGUAGE", str(fault.__context__))
