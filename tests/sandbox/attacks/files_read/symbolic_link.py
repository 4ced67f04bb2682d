# attack: raw | reads a planted file through a symbolic link | without seccomp+landlock+filesystem: said
import os
link = params["folder"] + "/" + params["mark"]
os.symlink(params["secret"], link)
log(open(link).read())
