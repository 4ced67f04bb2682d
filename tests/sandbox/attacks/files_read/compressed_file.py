# attack: raw | opens a planted file as a compressed one | without seccomp+landlock+filesystem: said
import gzip
try:
    gzip.open(params["secret"]).read()
except gzip.BadGzipFile:
    log("PLUNDER-" + "FILE")
