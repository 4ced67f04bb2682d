# attack: language | takes a function's globals out of the error that ends a generator | without language: said
def steps():
    return log
    yield
try:
    next(steps())
except StopIteration as done:
    log("PLUNDER-LANGUAGE", len(done.value.__globals__))
