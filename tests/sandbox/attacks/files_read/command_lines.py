# attack: raw | reads how other processes were started | without seccomp+landlock+filesystem+process_namespace: said
if open(f"/proc/{params['bystander']}/cmdline").read():
    log("PLUNDER-PROCESS")
