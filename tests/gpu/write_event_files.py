"""Writes event files of every kind that TensorBoard's writer for PyTorch knows. usage: … FOLDER"""

import sys

try:
    import numpy
    from torch.utils.tensorboard import SummaryWriter
except ImportError as error:
    print(f"write_event_files: {error}", file=sys.stderr)
    sys.exit(77)


def optional(what, write):
    """Some kinds need packages that may not be there."""
    try:
        write()
        print("wrote", what)
    except Exception as error:  # the writer's own, of any type
        print("no", what, type(error).__name__, error)


def write_run(folder, seed):
    dice = numpy.random.default_rng(seed)
    with SummaryWriter(folder) as writer:
        for step in range(200):
            writer.add_scalar("loss/train", 2.0 / (1 + step) + dice.normal(0, 0.01), step)
            writer.add_scalar("loss/test", 2.1 / (1 + step), step)
            writer.add_scalars("together", {"a": step, "b": -step}, step)
        optional("histograms", lambda: [writer.add_histogram("weights", dice.normal(step / 100, 1, 5000), step)
                                        for step in range(0, 200, 20)])
        writer.add_scalar("odd", float("nan"), 0)
        writer.add_scalar("odd", float("inf"), 1)
        optional("text", lambda: writer.add_text("note", "**bold** and | a | table |", 3))
        optional("image", lambda: writer.add_image("image", dice.random((3, 32, 48)), 5))
        optional("audio", lambda: writer.add_audio("tone", dice.uniform(-1, 1, 8000), 5, sample_rate=8000))
        optional("hparams", lambda: writer.add_hparams({"lr": 0.1, "name": "x", "on": True}, {"best": 0.5}))
        optional("pr curve", lambda: writer.add_pr_curve("pr", dice.integers(0, 2, 500), dice.random(500), 9))
        optional("embedding", lambda: writer.add_embedding(dice.random((50, 8)), [f"point {i}" for i in range(50)]))
        optional("mesh", lambda: writer.add_mesh("mesh", dice.random((1, 9, 3))))
        optional("figure layout", lambda: writer.add_custom_scalars({"loss": {"both": ["Multiline", ["loss/.*"]]}}))
        optional("graph", lambda: write_graph(writer))


def write_graph(writer):
    import torch
    writer.add_graph(torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.ReLU()), torch.zeros(1, 8))


def main():
    for seed, run in enumerate(["first", "second"]):
        write_run(f"{sys.argv[1]}/{run}", seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
