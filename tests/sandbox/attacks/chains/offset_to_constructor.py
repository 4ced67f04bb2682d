# attack: language | goes from an offset to the function that rebuilds it | without language: said
found = pd.offsets.Day(1).__reduce__()[0]
log("PLUNDER-LANGUAGE", str(found)[:20])
