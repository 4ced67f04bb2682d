# attack: language | asks for a hundred gigabytes in one call
hoard = bytes(100 * 2**30)
