# attack: language | holds an array in each frame of a deep recursion
def fall():
    much = np.ones(1_000_000)
    return fall() + much
while True:
    try:
        fall()
    except RecursionError:
        pass
