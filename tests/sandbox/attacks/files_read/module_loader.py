# attack: raw | has a loader read a planted module | without seccomp+landlock+filesystem: said
import importlib.machinery
loader = importlib.machinery.SourceFileLoader("planted", params["folder"] + "/planted_module.py")
log(loader.get_data(params["secret"]).decode())
