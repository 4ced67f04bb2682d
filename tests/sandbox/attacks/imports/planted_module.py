# attack: raw | imports a module planted outside
import sys
sys.path.insert(0, params["folder"])
import planted_module
log(planted_module.TOKEN)
