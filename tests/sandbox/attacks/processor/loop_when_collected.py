# attack: raw | loops in a finaliser, where no exception gets out
class Slow:
    def __del__(self):
        while True:
            pass
Slow()
