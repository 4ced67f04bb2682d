# attack: raw | creates a file that survives a restart | without seccomp+landlock+filesystem: written
open("/var/tmp/" + params["mark"], "w").close()
