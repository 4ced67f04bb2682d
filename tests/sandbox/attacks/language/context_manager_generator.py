# attack: language | reads the generator behind a context manager | without language: said
import contextlib
@contextlib.contextmanager
def held():
    yield 1
log("PLUNDER-LANGUAGE", str(held().gen.gi_frame)[:20])
