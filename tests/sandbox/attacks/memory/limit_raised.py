# attack: raw | raises its own limit and takes twice as much | without memory_limit: said
import resource
try:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (OSError, ValueError):
    pass
hoard = [bytearray(b"x") * (1 << 26) for number in range(3)]
log("PLUNDER-" + "MEMORY")
