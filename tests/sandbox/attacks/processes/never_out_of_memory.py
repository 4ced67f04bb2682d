# attack: raw | has somebody else be killed when memory runs out | without seccomp+landlock+filesystem: said
import ctypes
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
open("/proc/self/oom_score_adj", "w").write("900")
log("PLUNDER-PROCESS")
