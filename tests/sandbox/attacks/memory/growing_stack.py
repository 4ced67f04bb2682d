# attack: raw | falls through C code until the stack of the process ends
import sys
sys.setrecursionlimit(10**8)
def fall(depth):
    return list(map(fall, [depth + 1]))
fall(0)
