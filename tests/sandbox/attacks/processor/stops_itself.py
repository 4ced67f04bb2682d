# attack: raw | stops itself with a signal that cannot be caught
import os, signal
signal.raise_signal(signal.SIGSTOP)
