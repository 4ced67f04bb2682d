# attack: raw | puts a link in the place of a planted file | without seccomp+landlock+filesystem: changed
import os
other = params["folder"] + "/" + params["mark"]
os.symlink("/dev/null", other)
os.replace(other, params["secret"])
