# attack: raw | runs a program through the standard library | without seccomp+landlock+filesystem+process_limit: written
import subprocess
subprocess.run(["touch", params["written"]], env={"PATH": "/usr/bin:/bin"})
