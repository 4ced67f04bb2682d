# attack: raw | puts a folder on the path and imports from it | without seccomp+landlock+filesystem: said
import sys
sys.path.insert(0, params["folder"])
import planted_module
log(planted_module.TOKEN)
