# attack: language | imports numpy's internals | without language: said
from numpy._core import _internal
log("PLUNDER-LANGUAGE", str(_internal)[:20])
