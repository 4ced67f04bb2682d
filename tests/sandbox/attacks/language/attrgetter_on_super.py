# attack: language | uses attrgetter on super | without language: said
import operator
look = super(pd.DataFrame, pd.DataFrame())
log("PLUNDER-LANGUAGE", str(operator.attrgetter("to_excel")(look))[:20])
