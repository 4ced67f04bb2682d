# attack: language | loops for ever
while True:
    pass
