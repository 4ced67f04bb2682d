# attack: language | reads the frame of the traceback a context manager is given | without language: said
class Catcher:
    def __enter__(self):
        return self
    def __exit__(self, kind, fault, trace):
        log("PLUNDER-LANGUAGE", str(trace.tb_frame)[:20])
        return True
with Catcher():
    1 / 0
