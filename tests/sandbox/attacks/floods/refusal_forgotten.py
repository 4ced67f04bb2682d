# attack: raw | forgets that it was refused and ends well
conversation = emit_signal.__closure__[0].cell_contents
for number in range(102):
    try:
        emit_signal({"value": number})
    except BaseException:
        conversation.exceeded = None
conversation._used["signals"] = 0
emit_signal({"value": "one more"})
