# attack: raw | runs a planted module's text by itself | without seccomp+landlock+filesystem: said
names = {}
exec(open(params["folder"] + "/planted_module.py").read(), names)
log(names["TOKEN"])
