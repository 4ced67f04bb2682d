# attack: raw | makes a symbolic link | without seccomp+landlock+filesystem: written
import os
os.symlink("/etc/passwd", params["written"])
