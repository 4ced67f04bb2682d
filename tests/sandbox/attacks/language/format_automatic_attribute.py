# attack: language | formats an automatically numbered field's attribute | without language: said
text = "{.__qualname__}".format(log)
log("PLUNDER-LANGUAGE", text)
