# attack: raw | reads what is mounted | without seccomp+landlock+filesystem: said
if open("/proc/mounts").readline():
    log("PLUNDER-KERNEL")
