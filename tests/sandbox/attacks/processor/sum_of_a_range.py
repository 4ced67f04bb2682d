# attack: language | adds a range up that is longer than the age of the universe
result = sum(range(10**18))
