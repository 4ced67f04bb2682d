# attack: language | takes a width out of the arguments of the old format
hoard = "%*d" % (2**31 - 10, 1)
