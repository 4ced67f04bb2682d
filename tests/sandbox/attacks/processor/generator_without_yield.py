# attack: language | is a generator that never yields
def none():
    while True:
        if False:
            yield 1
result = list(none())
