"""Models in the shape of the WD v3 family: small ones, whose answers can be worked out by hand, and
one that is as much work as a real one."""

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
    write_labels(folder, names, categories)
    return folder


def write_labels(folder: Path, names: Sequence[str], categories: Sequence[int]) -> None:
    with (folder / "selected_tags.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tag_id", "name", "category", "count"])
        for number, (name, category) in enumerate(zip(names, categories, strict=True)):
            writer.writerow([number, name, category, 100 - number])


def write_heavy_model(folder: Path, names: Sequence[str], *, side: int = 448, blocks: int) -> Path:
    """A model whose work is that of a vision transformer without its attention: patches of 16 x 16
    pixels become 768 channels, which each block widens to 3,072 and back; 7.4 GFLOP a block and
    picture at 448 pixels. Its scores mean nothing; about four in a hundred are above 0.1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray:
        spread = (2 / np.prod(shape[1:])) ** 0.5
        return chance.normal(0, spread, shape).astype(np.float32)

    constants = {"patch": weights(768, 3, 16, 16) / 100, "last": weights(len(names), 768)}
    constants["bias"] = np.full(len(names), -4, np.float32)
    nodes = [
        helper.make_node("Transpose", ["picture"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "patch"], ["x0"], strides=[16, 16]),
    ]
    for block in range(blocks):
        constants |= {
            f"up{block}": weights(3072, 768, 1, 1),
            f"down{block}": weights(768, 3072, 1, 1),
        }
        nodes += [
            helper.make_node("Conv", [f"x{block}", f"up{block}"], [f"wide{block}"]),
            helper.make_node("Relu", [f"wide{block}"], [f"bent{block}"]),
            helper.make_node("Conv", [f"bent{block}", f"down{block}"], [f"x{block + 1}"]),
        ]
    nodes += [
        helper.make_node("GlobalAveragePool", [f"x{blocks}"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "last", "bias"], ["logits"], transB=1),
        helper.make_node("Sigmoid", ["logits"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "heavy",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", side, side, 3])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", len(names)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "model.onnx")
    write_labels(folder, names, [0] * len(names))
    return folder
