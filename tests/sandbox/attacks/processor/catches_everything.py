# attack: language | catches whatever would interrupt it and goes on
def work():
    while True:
        try:
            while True:
                1 + 1
        except:
            continue
        finally:
            work()
work()
