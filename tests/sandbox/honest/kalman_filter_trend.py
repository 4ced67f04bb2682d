"""A local linear trend, filtered with two states (level and slope) in plain numpy."""
import numpy as np


class KalmanTrend:
    def __init__(self, q_level=1e-3, q_slope=1e-5, r=0.05):
        self._x = np.zeros((2, 1))
        self._P = np.eye(2) * 10.0
        self._F = np.array([[1.0, 1.0], [0.0, 1.0]])
        self._H = np.array([[1.0, 0.0]])
        self._Q = np.diag([q_level, q_slope])
        self._R = np.array([[r]])
        self.innovations = []

    def _predict(self):
        self._x = self._F @ self._x
        self._P = self._F @ self._P @ self._F.T + self._Q

    def _correct(self, z):
        y = z - (self._H @ self._x)[0, 0]
        S = self._H @ self._P @ self._H.T + self._R
        K = self._P @ self._H.T @ np.linalg.inv(S)
        self._x = self._x + K * y
        self._P = (np.eye(2) - K @ self._H) @ self._P
        self.innovations.append(y / np.sqrt(S[0, 0]))

    def step(self, z):
        self._predict()
        self._correct(z)
        return self._x[0, 0], self._x[1, 0]


closes = get_market_data(bars=250)["close"]
kf = KalmanTrend()
kf._x[0, 0] = closes.iloc[0]
levels, slopes = zip(*(kf.step(z) for z in closes))
z_scores = np.array(kf.innovations[20:])
result = {
    "value": float(levels[-1]),
    "slope_bp": float(slopes[-1] / levels[-1] * 1e4),
    "surprises": int((np.abs(z_scores) > 2).sum()),
    "whiteness": float(np.corrcoef(z_scores[1:], z_scores[:-1])[0, 1]),
}
