# attack: language | nests comprehensions over comprehensions
row = range(1000)
result = sum(1 for a in row for b in row for c in row for d in row if a > b > c > d > a)
