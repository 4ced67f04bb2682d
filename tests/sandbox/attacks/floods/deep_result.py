# attack: language | nests a result without end
result = []
for _ in range(100_000):
    result = [result]
