# attack: language | goes from an error to the built-ins of the guest | without language: said
class Catcher:
    def __enter__(self):
        return self
    def __exit__(self, kind, fault, trace):
        self.names = trace.tb_frame.f_builtins
        return True
catcher = Catcher()
with catcher:
    1 / 0
log("PLUNDER-LANGUAGE", len(catcher.names))
