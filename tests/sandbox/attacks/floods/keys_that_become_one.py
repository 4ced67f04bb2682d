# attack: language | names values so that cleaning makes the names equal
result = {"value": 1, "a\x00": 1, "a\ufffd": 2, "a\ud800": 3, 1: 4, "1": 5, 1.0: 6, True: 7}
