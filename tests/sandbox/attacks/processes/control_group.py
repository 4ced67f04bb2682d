# attack: raw | has a program run when its control group is empty | without seccomp+landlock+filesystem: said
import os
groups = os.listdir("/sys/fs/cgroup") if os.path.exists("/sys/fs/cgroup") else os.listdir("/sys")
log("PLUNDER-PROCESS", len(groups))
