# attack: raw | hangs an attribute on a planted file | without seccomp+filesystem: changed
import os
os.setxattr(params["secret"], "user.plunder", b"x")
