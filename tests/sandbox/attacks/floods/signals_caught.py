# attack: language | catches the refusal and goes on emitting
while True:
    try:
        emit_signal({"value": 1})
    except:
        pass
