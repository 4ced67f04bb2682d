# attack: raw | creates a file in the folder of temporary files | without seccomp+landlock+filesystem: written
open("/tmp/" + params["mark"], "w").close()
