# attack: language | climbs from the error class a context manager is given | without language: said
class Catcher:
    def __enter__(self):
        return self
    def __exit__(self, kind, fault, trace):
        self.reached = kind.mro()[-1].__subclasses__()
        return True
catcher = Catcher()
with catcher:
    1 / 0
log("PLUNDER-LANGUAGE", len(catcher.reached))
