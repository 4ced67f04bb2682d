# attack: language | goes from super to a table's writer of files | without language: said
frame = pd.DataFrame({"a": [params["port"]]})
write = super(pd.DataFrame, frame).to_pickle
log("PLUNDER-LANGUAGE", str(write)[:20])
write(params["written"])
