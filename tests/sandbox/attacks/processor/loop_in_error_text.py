# attack: language | loops while its error is being turned into text
class Slow(Exception):
    def __str__(self):
        while True:
            pass
raise Slow()
