# attack: raw | raises every one of its limits as far as it may | without seccomp: said
import resource
raised = []
for what in range(16):
    try:
        soft, hard = resource.getrlimit(what)
        resource.setrlimit(what, (hard, hard))
        raised.append(what)
    except (OSError, ValueError):
        pass
if raised:
    log("PLUNDER-KERNEL")
