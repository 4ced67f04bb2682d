# attack: language | gives a lambda's parameter a guard's name and a default | without language: said
shadow = lambda value, _getattr_=lambda owner, name: owner: "PLUNDER-LANGUAGE"
log(shadow(1))
