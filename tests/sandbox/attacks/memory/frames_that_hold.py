# attack: language | holds an array in each frame of a deep recursion | without memory_limit: memory
def fall(depth):
    much = np.ones(1_000_000)
    return fall(depth + 1) + much if depth < 40 else much
result = float(fall(0)[0])
