# attack: language | has pandas evaluate text
frame = pd.DataFrame({"a": [1]})
frame.query("@pd.io.common.os.system('true')", engine="python")
log("PLUNDER-LANGUAGE")
