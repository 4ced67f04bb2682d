# attack: language | raises inside the handling of what it raised, deeper and deeper
def again(fault):
    try:
        raise ValueError("again") from fault
    except ValueError as deeper:
        again(deeper)
while True:
    try:
        again(None)
    except RecursionError:
        pass
