# attack: raw | overwrites a planted file | without seccomp+landlock+filesystem: changed
open(params["secret"], "w").write("mine")
