"""Makes data/sweep_quantiles.json: quantiles of the distributions of W&B's own sweep client, which sweep_test holds
cellsweep's draws against.

    python -m venv /tmp/sweeps && /tmp/sweeps/bin/pip install sweeps==0.3.0 numpy==1.26.4
    /tmp/sweeps/bin/python tests/golden/make_sweep_quantiles.py
"""

import json
import pathlib

import numpy as np
from sweeps.params import HyperParameter

PARAMETERS = [
    {"distribution": "categorical", "values": [1, 2, 3, 4, 5]},
    {"distribution": "categorical_w_probabilities", "values": [1, 2, 3], "probabilities": [0.2, 0.5, 0.3]},
    {"distribution": "int_uniform", "min": 3, "max": 9},
    {"distribution": "uniform", "min": -1.5, "max": 4.0},
    {"distribution": "q_uniform", "min": 0.0, "max": 10.0, "q": 2.5},
    {"distribution": "log_uniform_values", "min": 1e-4, "max": 0.1},
    {"distribution": "inv_log_uniform_values", "min": 1e-4, "max": 0.1},
    {"distribution": "q_log_uniform_values", "min": 1.0, "max": 100.0, "q": 3.0},
    {"distribution": "log_uniform", "min": -9.0, "max": -2.0},
    {"distribution": "inv_log_uniform", "min": -3.0, "max": 1.5},
    {"distribution": "q_log_uniform", "min": 0.0, "max": 4.5, "q": 3.0},
    {"distribution": "normal", "mu": 2.0, "sigma": 0.5},
    {"distribution": "q_normal", "mu": 2.0, "sigma": 3.0, "q": 0.5},
    {"distribution": "log_normal", "mu": -3.0, "sigma": 0.7},
    {"distribution": "q_log_normal", "mu": 2.0, "sigma": 0.7, "q": 2.0},
    {"distribution": "beta", "a": 0.5, "b": 2.0},
    {"distribution": "q_beta", "a": 3.0, "b": 2.0, "q": 0.25},
]
LEVELS = np.arange(1, 200) / 200


def main():
    cases = []
    for parameter in PARAMETERS:
        # One by one, as the client draws: its ppf of an array is wrong for categorical_w_probabilities.
        quantiles = [float(HyperParameter("x", dict(parameter)).ppf(level)) for level in LEVELS]
        cases.append({"parameter": parameter, "quantiles": quantiles})
    path = pathlib.Path(__file__).resolve().parent / "data" / "sweep_quantiles.json"
    lines = ",\n".join(json.dumps(case) for case in cases)
    path.write_text(f'{{"client": "sweeps 0.3.0", "levels": {json.dumps(LEVELS.tolist())}, "cases": [\n{lines}\n]}}\n')


main()
