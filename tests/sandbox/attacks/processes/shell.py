# attack: raw | has the C library run a shell | without seccomp+landlock+filesystem+process_limit: written
import os
os.system(": > " + params["written"])
