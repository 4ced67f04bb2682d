# attack: language | emits again in the wake of every refusal
def emit(depth):
    try:
        while True:
            emit_signal({"value": depth})
    finally:
        if depth < 400:
            emit(depth + 1)
emit(0)
