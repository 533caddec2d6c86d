"""Small models in the shape of the WD v3 family, whose answers can be worked out by hand."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# In the order of the scores: means of blue, green and red, then those of the upper left pixel.
NAMES = ("mean_blue", "mean_green", "mean_red", "corner_blue", "corner_green", "corner_red")


def write_model(
    folder: Path,
    *,
    side: int = 8,
    names: Sequence[str] = NAMES,
    categories: Sequence[int] = (0, 0, 0, 0, 4, 9),
    batch: int | str = "n",
    scale: float = 255.0,
    layout: str = "NHWC",
    ballast: int = 0,
) -> Path:
    """`model.onnx` and `selected_tags.csv`; the scores are values of the picture over `scale`.

    `ballast` makes the file larger by so many bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = [batch, side, side, 3] if layout == "NHWC" else [batch, 3, side, side]
    constants = {
        "axes": np.array([1, 2]),
        "from": np.array([0, 0]),
        "to": np.array([1, 1]),
        "flat": np.array([-1, 3]),
        "scale": np.array(scale, np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["picture", "axes"], ["mean"], keepdims=0),
        helper.make_node("Slice", ["picture", "from", "to", "axes"], ["pixel"]),
        helper.make_node("Reshape", ["pixel", "flat"], ["corner"]),
        helper.make_node("Concat", ["mean", "corner"], ["both"], axis=1),
        helper.make_node("Div", ["both", "scale"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, 6])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    model.doc_string = "-" * ballast
    onnx.save(model, folder / "model.onnx")
    with (folder / "selected_tags.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tag_id", "name", "category", "count"])
        for number, (name, category) in enumerate(zip(names, categories, strict=True)):
            writer.writerow([number, name, category, 100 - number])
    return folder
