# attack: language | raises an error whose text is not text
class Odd(Exception):
    def __str__(self):
        return ["x"] * 1_000_000
raise Odd("x" * 1_000_000)
