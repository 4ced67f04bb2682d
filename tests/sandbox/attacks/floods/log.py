# attack: language | logs without end
while True:
    log("x" * 200)
