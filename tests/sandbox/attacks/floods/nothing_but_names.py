# attack: language | returns what cannot be written down at all
class Odd:
    def __repr__(self):
        return "x" * 10_000_000
emit_signal({"value": [Odd(), len, Odd, compute_nothing := lambda: 0]})
