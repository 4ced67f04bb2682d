# attack: raw | imports a planted module | without seccomp+landlock+filesystem: said
import sys
sys.path.insert(0, params["folder"])
import planted_module
log(planted_module.TOKEN)
