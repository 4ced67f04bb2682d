# attack: raw | writes a path so that it looks like another | without seccomp+landlock+filesystem: said
log(open(params["secret"].replace("/", "/./").replace("//", "/")).read())
