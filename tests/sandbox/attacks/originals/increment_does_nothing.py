# attack: language | counts with += where the originals' counter stood still
count = 0
held = {"n": 0}
for _ in range(3):
    count += 1
    held["n"] += 1
if count != 3 or held["n"] != 3:
    log("PLUNDER-ORIGINALS", count)
