# attack: raw | links a planted file under another name | without seccomp+landlock+filesystem: written
import os
os.link(params["secret"], params["folder"] + "/" + params["mark"])
