# attack: raw | cuts a planted file short without opening it | without seccomp+landlock+filesystem: changed
import os
os.truncate(params["secret"], 0)
