# attack: language | takes more memory than it may, as the originals only reported
held = []
for size in range(400):
    held.append(np.ones(131072))
