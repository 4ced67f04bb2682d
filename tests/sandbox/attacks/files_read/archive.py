# attack: raw | opens a planted file as an archive | without seccomp+landlock+filesystem: said
import tarfile
try:
    tarfile.open(params["secret"])
except tarfile.ReadError:
    log("PLUNDER-" + "FILE")
