# attack: language | formats a number ten thousand million characters wide
hoard = f"{1:>{10**10}}"
