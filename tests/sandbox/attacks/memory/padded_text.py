# attack: language | fills a text up to its width
hoard = ["x".ljust(2**33), "x".zfill(2**33), "\t".expandtabs(2**30)]
