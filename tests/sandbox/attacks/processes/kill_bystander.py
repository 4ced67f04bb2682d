# attack: raw | kills a process outside of the jail | without seccomp+landlock+process_namespace: bystander
import os, signal
os.kill(params["bystander"], signal.SIGKILL)
