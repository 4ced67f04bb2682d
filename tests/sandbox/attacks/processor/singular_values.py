# attack: language | takes large matrices apart inside the linear algebra library
numbers = np.random.rand(900, 900)
while True:
    numbers = np.linalg.svd(numbers)[0]
