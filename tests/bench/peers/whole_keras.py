"""Keras' side of the whole comparison, in a process of its own that whole.py starts on its cores.

    python whole_keras.py MNIST EPOCHS TEST_SAMPLES

Writes {cell: {"seconds": …, "val_accuracy": …}} as JSON. Importing Keras, reading MNIST and making the models are not
timed; compiling is, as it happens in fit.
"""

import json
import os
import sys
import time

from keras_peer import LAYERS, make_model

from mnist import load
from peer import BATCH


def main():
    directory, epochs, test_samples = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    inputs, labels = load(directory, "train")
    validation = tuple(array[: len(array) - test_samples] for array in load(directory, "t10k"))
    results = {}
    for cell in LAYERS:
        model = make_model(cell, metrics=["accuracy"])
        start = time.perf_counter()
        history = model.fit(inputs, labels, batch_size=BATCH, epochs=epochs, validation_data=validation, verbose=0)
        seconds = time.perf_counter() - start
        results[cell] = {"seconds": seconds, "val_accuracy": history.history["val_accuracy"][-1]}
    print(json.dumps(results), file=answers)


if __name__ == "__main__":
    main()
