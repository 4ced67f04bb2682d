# attack: language | has pandas evaluate text with its own names | without language: said
found = pd.eval("found.__code__", local_dict={"found": log}, engine="python", parser="python") if False else pd.eval("1 + 1")
log("PLUNDER-LANGUAGE", found)
