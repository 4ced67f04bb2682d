# attack: raw | reads a planted file without a buffer | without seccomp+landlock+filesystem: said
import io
log(io.FileIO(params["secret"]).readall().decode())
