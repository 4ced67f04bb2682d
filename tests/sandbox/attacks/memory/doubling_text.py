# attack: language | doubles a text until nothing is left
text = "x"
while True:
    text += text
