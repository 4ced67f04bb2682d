# attack: language | appends for ever
hoard = []
while True:
    hoard.append("x" * 100_000)
