# attack: raw | goes on when it is told that its time is up | without wall_clock: late
import signal, time
def go_on(number, frame):
    pass
signal.signal(signal.SIGXCPU, go_on)
signal.signal(signal.SIGTERM, go_on)
end = time.monotonic() + 3
while time.monotonic() < end:
    sum(range(1000))
