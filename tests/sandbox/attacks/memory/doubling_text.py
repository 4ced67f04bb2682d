# attack: language | doubles a text until nothing is left | without memory_limit: memory
text = "x"
while len(text) < 2**28:
    text += text
