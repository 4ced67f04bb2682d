# attack: raw | raises an error whose class answers for its own name
class Meta(type):
    __name__ = property(lambda kind: {"PLUNDER-" + "NAME"} and ["x"] * 10**6)
class Odd(BaseException, metaclass=Meta):
    pass
raise Odd()
