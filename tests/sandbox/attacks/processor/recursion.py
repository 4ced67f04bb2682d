# attack: language | calls itself for ever
def fall(depth):
    return fall(depth + 1)
fall(0)
