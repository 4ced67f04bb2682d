# attack: raw | opens a planted file
log(open(params["secret"]).read())
