# attack: language | emits without end
while True:
    emit_signal({"value": 1})
