# attack: language | draws one line of more points than any screen has
plot(pd.Series(np.ones(1_000_000)), name="line")
