# attack: language | reads memory beyond an array through a category that changes after the check | without language: said
codes = np.zeros(2, dtype="int8")
held = pd.Categorical.from_codes(codes, categories=[1.5])
codes[1] = 100
if held.codes[1] == 100:
    log("PLUNDER-LANGUAGE")
