# attack: language | loops where an interrupt would land
try:
    raise ValueError
finally:
    while True:
        pass
