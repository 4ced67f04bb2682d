# attack: language | falls twice from every depth where recursion ends
def fall():
    try:
        fall()
    finally:
        fall()
fall()
