# attack: raw twice | raises how deep the next run may go
import sys
if sys.getrecursionlimit() == 5432:
    log("PLUNDER-PERSISTENCE")
sys.setrecursionlimit(5432)
