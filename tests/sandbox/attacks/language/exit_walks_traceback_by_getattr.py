# attack: language | walks the traceback a context manager is given by computed names | without language: said
class Catcher:
    def __enter__(self):
        return self
    def __exit__(self, kind, fault, trace):
        self.reached = getattr(getattr(trace, "tb_" + "frame"), "f_" + "globals")
        return True
catcher = Catcher()
with catcher:
    1 / 0
log("PLUNDER-LANGUAGE", len(catcher.reached))
