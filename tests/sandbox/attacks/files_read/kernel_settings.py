# attack: raw | reads the kernel's settings | without seccomp+landlock+filesystem: said
log("PLUNDER-" + "KERNEL", open("/proc/sys/kernel/osrelease").read())
