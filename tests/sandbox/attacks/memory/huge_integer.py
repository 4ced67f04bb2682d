# attack: language | computes an integer of a hundred gigabits
hoard = 1 << 10 ** 11
