# attack: language | fills a set with numbers of one hash
prime = 2**61 - 1
result = len({prime * number for number in range(1_000_000)})
