# attack: raw | blocks every signal and sleeps | without wall_clock: late
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
time.sleep(3)
