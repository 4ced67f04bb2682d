# attack: language | takes a buffer that can be resized | without language: said
held = bytearray(8)
log("PLUNDER-LANGUAGE", len(held))
