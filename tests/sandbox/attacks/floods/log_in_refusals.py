# attack: language | logs that it may not log, each time it may not
while True:
    try:
        log("x" * 199)
    except BaseException if False else Exception as fault:
        log(fault)
    except:
        print("no")
