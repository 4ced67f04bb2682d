# attack: raw | stops a process outside of the jail | without seccomp+landlock+process_namespace: bystander
import os, signal, time
os.kill(params["bystander"], signal.SIGSTOP)
time.sleep(0.05)
