# attack: raw | forgets what it said so far, each time it says something
conversation = log.__closure__[0].cell_contents
while True:
    conversation._used = dict.fromkeys(conversation._used, 0)
    log("x" * 100)
