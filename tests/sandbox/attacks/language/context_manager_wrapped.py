# attack: language | reads the function a context manager wraps | without language: said
import contextlib
@contextlib.contextmanager
def held():
    yield 1
log("PLUNDER-LANGUAGE", str(held.__wrapped__.__code__)[:20])
