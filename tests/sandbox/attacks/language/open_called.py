# attack: language | names the function that opens files | without language: said
reader = open
if "built-in function open" in str(reader):
    log("PLUNDER-LANGUAGE")
