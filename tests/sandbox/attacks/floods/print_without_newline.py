# attack: language | prints without ever ending a line
while True:
    print("x", end="")
