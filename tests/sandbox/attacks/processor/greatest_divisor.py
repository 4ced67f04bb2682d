# attack: language | seeks the greatest divisor of two enormous numbers
import math
result = math.gcd(3 ** 900_000, 2 ** 1_400_000 - 1) + math.gcd(5 ** 900_000, 7 ** 800_000)
