# attack: raw | dumps its memory into a file | without seccomp: said
import resource
resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
log("PLUNDER-PROCESS")
