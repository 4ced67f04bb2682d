# attack: language | fills a dictionary whose keys are longer than its values
hoard = {}
while True:
    hoard["key" * 1000 + str(len(hoard))] = len(hoard)
