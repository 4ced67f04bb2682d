# attack: language | runs on after its time, as the originals' threads did
started = [0]
while True:
    try:
        started[0] += 1
    except BaseException:
        pass
