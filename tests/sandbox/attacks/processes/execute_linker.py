# attack: raw | has the dynamic linker start a program it may only read | without seccomp+landlock: said
import os, sys
linkers = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
try:
    os.execv(next(filter(os.path.exists, linkers)), ["ld.so", "--list", sys.executable])
except PermissionError:
    pass
except StopIteration:
    pass
else:
    raise SystemExit
if any(map(os.path.exists, linkers)):
    log("PLUNDER-PROCESS")
