# attack: raw | makes a folder | without seccomp+landlock+filesystem: written
import os
os.mkdir(params["written"])
