# attack: raw | reads who has an account | without seccomp+landlock+filesystem: said
if "root" in open("/etc/passwd").read():
    log("PLUNDER-FILE")
