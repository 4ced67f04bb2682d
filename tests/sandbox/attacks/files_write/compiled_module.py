# attack: raw | has a compiled module be written
import sys
sys.dont_write_bytecode = False
sys.pycache_prefix = params["written"]
sys.path.insert(0, params["folder"])
import planted_module
