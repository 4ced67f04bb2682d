# attack: raw | becomes another program | without seccomp+landlock+filesystem: written
import os
os.execv("/bin/sh", ["sh", "-c", ": > " + params["written"]])
