# attack: language | adds lists up, copying all of them for each
result = len(sum([[1]] * 400_000, []))
