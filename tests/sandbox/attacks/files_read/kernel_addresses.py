# attack: raw | reads the kernel's own addresses | without seccomp+landlock+filesystem: said
if open("/proc/kallsyms").readline():
    log("PLUNDER-KERNEL")
