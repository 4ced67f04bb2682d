# attack: language | binds a guard's name with a walrus | without language: said
(_getattr_ := lambda owner, name: owner)
log("PLUNDER-LANGUAGE", str(log)[:20])
