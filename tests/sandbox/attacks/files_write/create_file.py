# attack: raw | creates a file where everybody may | without seccomp+landlock+filesystem: written
open(params["written"], "w").close()
