# attack: language | returns a list that contains itself
result = []
result.append(result)
