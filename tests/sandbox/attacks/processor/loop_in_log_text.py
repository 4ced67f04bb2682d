# attack: language | loops while what it logs is being turned into text
class Slow:
    def __repr__(self):
        while True:
            pass
log([Slow()])
