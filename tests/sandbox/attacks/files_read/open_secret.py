# attack: raw | opens a planted file | without seccomp+landlock+filesystem: said
log(open(params["secret"]).read())
