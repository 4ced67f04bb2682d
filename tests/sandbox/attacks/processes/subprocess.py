# attack: raw | runs a program through the standard library | without seccomp+landlock+filesystem+process_limit: written
import subprocess
subprocess.run(["/bin/sh", "-c", ": > " + params["written"]], env={})
