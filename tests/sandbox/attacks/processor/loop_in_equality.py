# attack: language | loops when two of its objects are compared by a list
class Slow:
    def __eq__(self, other):
        while True:
            pass
result = [Slow()].index(Slow())
