# attack: language | returns a small web of lists that is enormous when it is written out
result = ["laughter"]
for depth in range(22):
    result = [result] * 10
