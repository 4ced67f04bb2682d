# attack: raw | opens a planted file as if it were code | without seccomp+landlock+filesystem: said
import io
log(io.open_code(params["secret"]).read().decode())
