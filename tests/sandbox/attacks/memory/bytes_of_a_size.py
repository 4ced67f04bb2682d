# attack: language | adds up bytes that nobody counted | without memory_limit: memory
hoard = bytes(2**27) + bytes(2**27)
