# attack: language | takes a generator's return value out of the error that ends it | without language: said
def steps():
    return log
    yield
try:
    next(steps())
except StopIteration as done:
    log("PLUNDER-LANGUAGE", done.value.__name__)
