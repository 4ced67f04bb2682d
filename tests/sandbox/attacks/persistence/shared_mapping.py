# attack: raw twice | looks for memory that it shares with other runs
import ctypes, mmap
name = "plunder_page"
import builtins
kept = getattr(builtins, name, None)
if kept is not None and kept[:4] == b"note":
    log("PLUNDER-PERSISTENCE")
page = mmap.mmap(-1, 4096, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
page[:4] = b"note"
setattr(builtins, name, page)
