# attack: raw | sets an alarm for later | without seccomp: said
import signal
signal.alarm(60)
log("PLUNDER-PROCESS")
