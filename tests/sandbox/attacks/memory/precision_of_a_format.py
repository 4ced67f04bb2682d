# attack: language | asks for two thousand million decimals
hoard = f"{1.5:.{2**31 - 100}f}"
