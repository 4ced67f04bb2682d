# attack: raw | reads a planted file through a path | without seccomp+landlock+filesystem: said
import pathlib
log(pathlib.Path(params["secret"]).read_text())
