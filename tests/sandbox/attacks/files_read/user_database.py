# attack: raw | has the C library look users up | without seccomp+landlock+filesystem: said
import pwd
if len(pwd.getpwall()) > 0:
    log("PLUNDER-FILE")
