# attack: language | makes a category that does not exist | without language: said
held = pd.Categorical(["a"])
held._ndarray[0] = 100
log("PLUNDER-LANGUAGE", held.codes[0])
