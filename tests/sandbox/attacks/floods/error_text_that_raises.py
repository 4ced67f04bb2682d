# attack: language | raises an error whose text raises the same error
class Odd(Exception):
    def __str__(self):
        raise Odd("x" * 1_000_000) from self
raise Odd()
