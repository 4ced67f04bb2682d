# attack: raw | renames a planted file | without seccomp+landlock+filesystem: changed
import os
os.rename(params["secret"], params["written"])
