# attack: language | makes an index whose codes point beyond its levels | without language: said
try:
    found = pd.MultiIndex(levels=[["a"]], codes=[[100]], verify_integrity=False)
    if found.codes[0][0] == 100:
        log("PLUNDER-LANGUAGE")
except (TypeError, ValueError) as fault:
    log(fault)
