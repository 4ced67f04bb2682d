# attack: raw | sets a timer that fires again and again | without seccomp: said
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
log("PLUNDER-PROCESS")
