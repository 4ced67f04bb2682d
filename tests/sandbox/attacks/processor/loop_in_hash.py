# attack: language | loops when a dictionary asks for its hash
class Slow:
    def __hash__(self):
        while True:
            pass
result = {Slow(): 1}
