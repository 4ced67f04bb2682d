# attack: language | emits a dictionary that is its own value, under two names
loop = {"value": 1}
loop["a"] = loop["b"] = [loop, loop]
emit_signal(loop)
