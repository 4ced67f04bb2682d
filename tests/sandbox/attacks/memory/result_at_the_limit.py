# attack: language | leaves no memory for the result to be written with
hoard = []
try:
    while True:
        hoard.append(bytes(4096))
except MemoryError:
    result = {"value": hoard and [str(number) * 100 for number in range(5000)]}
