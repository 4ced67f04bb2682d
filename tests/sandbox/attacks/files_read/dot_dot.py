# attack: raw | climbs out of the root with dots | without seccomp+landlock+filesystem: said
log(open("../../../../../.." + params["secret"]).read())
