# attack: raw | makes a planted file look older | without seccomp+filesystem: changed
import os
os.utime(params["secret"])
