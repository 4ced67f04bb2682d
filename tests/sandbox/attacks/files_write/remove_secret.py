# attack: raw | removes a planted file | without seccomp+landlock+filesystem: changed
import os
os.unlink(params["secret"])
