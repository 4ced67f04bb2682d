# attack: raw | has the dynamic linker start a program that it may only read | without seccomp+landlock+filesystem: written
import os
for linker in ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"):
    try:
        os.execv(linker, ["ld.so", "/bin/sh", "-c", ": > " + params["written"]])
    except FileNotFoundError:
        pass
