# attack: language | computes one enormous power
result = 7 ** 7 ** 9
