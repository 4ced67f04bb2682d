# attack: raw twice | leaves a handler of signals behind
import signal
if signal.getsignal(signal.SIGWINCH) not in (signal.SIG_DFL, signal.SIG_IGN, None):
    log("PLUNDER-PERSISTENCE")
signal.signal(signal.SIGWINCH, print)
