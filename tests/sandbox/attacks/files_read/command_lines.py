# attack: raw | reads how other processes were started | without seccomp+landlock+filesystem: said
if open(f"/proc/{params['bystander']}/cmdline").read():
    log("PLUNDER-PROCESS")
