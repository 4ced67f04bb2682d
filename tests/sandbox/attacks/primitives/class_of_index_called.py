# attack: language | makes an index of codes that point nowhere with the class of another | without language: said
index = pd.MultiIndex.from_tuples([(1, 2)])
made = type(index)(levels=[["a"]], codes=[[100]], verify_integrity=False)
if made.codes[0][0] == 100:
    log("PLUNDER-LANGUAGE")
