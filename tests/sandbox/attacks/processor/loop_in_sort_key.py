# attack: language | loops in the key of a sort, where the list is empty meanwhile
def key(value):
    while True:
        value += 1
result = sorted([3, 1, 2], key=key)
