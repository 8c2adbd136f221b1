"""Fine-tuning: a network that knows five digits learns the five others from 150 pictures.

    python examples/fine_tune.py [folder for the results, default ./fine-tune-output]

Needs the k-packages and matplotlib: `pip install kapps kdatasets "kcore[plot]"`. No data are
downloaded: kdatasets brings the 1,797 handwritten digits of the UCI repository with it. With a
network, `kapps.MobileNet(include_top=False)` starts from weights learnt on ImageNet instead.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import kapps
import kcore
from kdatasets import digits
from klayers import Dense, Dropout, Flatten

OUTPUT = Path(sys.argv[1] if len(sys.argv) > 1 else "fine-tune-output")
SHAPE = (32, 32, 3)


def pictures(which: range) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Colour pictures of 32 x 32 pixels from 0 to 255 of some digits, and labels from 0."""
    parts = []
    for x, y in digits.load_data():
        chosen = np.isin(y, which)
        large = np.kron(x[chosen] * (255 / 16), np.ones((1, 4, 4)))
        parts.append((np.repeat(large[..., None], 3, axis=-1), y[chosen] - which.start))
    return parts[0], parts[1]


def network(weights: Path | None) -> tuple[kapps.Application, kcore.Model, kcore.Model]:
    """MobileNet, its first five blocks as a model, and a classifier of five classes behind them."""
    whole = kapps.MobileNet(weights=weights, alpha=0.25, input_shape=SHAPE, include_top=False)
    body = whole.features("conv_pw_5_relu")
    head = Dense(5, "softmax", name="head")
    return whole, body, kcore.Sequential([body, Flatten(), Dropout(0.3), head])


def compiled(model: kcore.Model, rate: float, body_factor: float = 1.0) -> kcore.Model:
    """Ready to train; the body may learn more slowly than the head."""
    groups = [{"match": "^head", "rate_factor": 1.0}, {"match": "", "rate_factor": body_factor}]
    optimizer = kcore.optimizers.Adam(rate, groups=groups)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    kcore.random.reproducible(1)

    (x, y), _ = pictures(range(5))
    whole, _, model = network(None)
    compiled(model, 2e-3).fit(whole.preprocess(x), y, epochs=20, verbose=0)
    whole.save_weights(OUTPUT / "mobilenet.h5")

    (x, y), test = pictures(range(5, 10))
    whole, body, model = network(OUTPUT / "mobilenet.h5")
    few, labels = whole.preprocess(x[:150]), y[:150]
    test = (whole.preprocess(test[0]), test[1])

    body.freeze()
    compiled(model, 3e-3)
    model.fit(few, labels, epochs=40, verbose=0)
    head = model.evaluate(*test, verbose=0)[1]

    # the convolutions of two blocks; their normalisations keep the statistics of many pictures
    thawed = body.unfreeze("conv_?w_4", "conv_?w_5")
    compiled(model, 1e-3, body_factor=0.3)
    history = model.fit(few, labels, epochs=30, verbose=0, validation_data=test)
    tuned = model.evaluate(*test, verbose=0)[1]

    history.plot(str(OUTPUT / "learning-curve.png"))
    kcore.utils.plot_model(model, OUTPUT / "model.html")
    print(f"Five new digits from {len(few)} pictures, accuracy on {len(test[1])} others:")
    print(f"  head alone, the body frozen          {head:.3f}")
    print(f"  with {len(thawed)} layers of the body thawed      {tuned:.3f}")
    print(f"The learning curve and a page of the model are in {OUTPUT}.")
    if tuned < 0.8:
        sys.exit("The result is worse than it should be (0.8).")


if __name__ == "__main__":
    main()
