# attack: raw | changes a planted file's mode | without seccomp+filesystem+unprivileged: changed
import os
os.chmod(params["secret"], 0o777)
