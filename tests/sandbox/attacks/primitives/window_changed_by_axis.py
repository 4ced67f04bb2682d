# attack: language | changes a window's length after it was checked
length = np.array(3)
def axes():
    length[...] = -1000
    yield 0
view = np.lib.stride_tricks.sliding_window_view(np.arange(5), (length,), axis=axes())
if view.size > 9:
    log("PLUNDER-LANGUAGE")
