# attack: raw | appends to a planted file | without seccomp+landlock+filesystem+file_size_limit: changed
import os
os.write(os.open(params["secret"], os.O_WRONLY | os.O_APPEND), b"x")
