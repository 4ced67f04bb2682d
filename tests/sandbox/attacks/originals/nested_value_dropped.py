# attack: language | loses a nested value on the way, as the originals' signals did
value = {"inner": [1, {"deep": True}]}
emit_signal({"value": value})
if value != {"inner": [1, {"deep": True}]}:
    log("PLUNDER-ORIGINALS")
