"""Videos as they come: odd, damaged, and no videos at all."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available

from ingest.modes import Cutting
from ingest.picture import weave_out
from ingest.video import UnreadableVideo, probe, read_pictures


def textures(count: int = 3, each: int = 48, size: tuple[int, int] = (320, 180)) -> Iterator:
    """(number, RGB picture) of so many shots, each a texture that moves a bit."""
    width, height = size
    for shot in range(count):
        picture = np.random.default_rng(shot).integers(0, 256, (9, 16, 3), np.uint8)
        picture = np.kron(picture, np.ones((height // 9, width // 16, 1), np.uint8))
        for number in range(each):
            yield shot * each + number, np.roll(picture, number // 4, axis=1)


def encode(
    path: Path,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    pts: Callable[[int], int] = lambda number: number,
    prepare: Callable[[av.VideoStream], object] = lambda stream: None,
    options: dict[str, str] | None = None,
) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24, options=options or {})
        stream.width, stream.height, stream.pix_fmt = 320, 180, pix_fmt
        stream.codec_context.time_base = Fraction(1, 24)
        prepare(stream)
        for number, picture in textures():
            frame = av.VideoFrame.from_ndarray(picture).reformat(format=pix_fmt)
            frame.pts = pts(number)
            frame.time_base = Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(path: Path) -> tuple[list, Cutting]:
    cutting = Cutting(path, probe(path).fps)
    return list(cutting.choices()), cutting


def shots(cutting: Cutting) -> list[float]:
    return [round(start, 2) for start in cutting.bounds[:-1]]


def test_three_textures_are_three_shots(clip: Path) -> None:
    choices, cutting = cut(clip)
    assert shots(cutting) == [0.0, 2.0, 4.0]
    assert {choice.shot for choice in choices} == {0, 1, 2}
    assert cutting.pictures == 144
    assert cutting.warnings == []


@pytest.mark.parametrize("name", ["x.mkv", "x.mp4", "x.ts"])
@pytest.mark.parametrize("length", [500, 4000])
def test_a_corrupt_middle_costs_only_itself_and_is_told(
    tmp_path: Path, name: str, length: int
) -> None:
    path = encode(tmp_path / name, options={"g": "24"})
    corrupt(path, length)
    choices, cutting = cut(path)
    assert shots(cutting) == [0.0, 2.0, 4.0]
    assert {choice.shot for choice in choices} == {0, 1, 2}
    assert all(not choice.picture.damaged for choice in choices)
    assert 120 <= cutting.pictures <= 144
    times = [float(t) for text in cutting.warnings for t in re.findall(r"\d+\.\d", text)]
    assert times and all(2.5 < time < 4 for time in times)


def corrupt(path: Path, length: int) -> None:
    """Overwrite so many bytes in the middle of the file."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + length] = np.random.default_rng(length).bytes(length)
    path.write_bytes(data)


def test_a_stream_without_times_is_shown_at_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "x.h264"
    with av.open(str(encode(tmp_path / "x.mkv"))) as source, av.open(str(path), "w") as out:
        video = source.streams.video[0]
        stream = out.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    _, cutting = cut(path)
    # It says 25 pictures a second; there were 24.
    assert shots(cutting) == [0.0, 1.92, 3.84]


def test_an_incomplete_copy_gives_what_is_there_and_a_warning(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.mkv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    choices, cutting = cut(path)
    assert choices
    assert 30 < cutting.pictures < 120
    assert any("incomplete" in warning for warning in cutting.warnings)


def test_a_variable_rate_keeps_its_own_time(tmp_path: Path) -> None:
    # The second of three shots is three times as slow.
    def pts(number: int) -> int:
        return number if number < 48 else 48 + 3 * (min(number, 96) - 48) + max(0, number - 96)

    _, cutting = cut(encode(tmp_path / "x.mkv", pts=pts))
    assert shots(cutting) == [0.0, 2.0, 8.0]


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name"),
    [
        ("libx264", "yuv420p10le", "x.mkv"),
        ("libx264", "yuv444p", "x.mkv"),
        ("libx265", "yuv420p10le", "x.mkv"),
        ("libvpx-vp9", "yuv420p", "x.webm"),
        ("ffv1", "bgr0", "x.mkv"),
        ("mjpeg", "yuvj422p", "x.avi"),
    ],
)
def test_other_pixel_formats_are_cut_alike(
    tmp_path: Path, codec: str, pix_fmt: str, name: str
) -> None:
    try:
        path = encode(tmp_path / name, codec, pix_fmt)
    except (av.error.FFmpegError, ValueError) as error:
        pytest.skip(f"this FFmpeg does not encode {codec} {pix_fmt}: {error}")
    choices, cutting = cut(path)
    assert shots(cutting) == [0.0, 2.0, 4.0]
    image = choices[0].picture.image()
    assert (image.dtype, image.shape) == (np.uint8, (180, 320, 3))
    truth = dict(textures())[choices[0].picture.index].astype(int)
    assert np.abs(image.astype(int) - truth).mean() < 12


def test_anamorphic_pictures_become_square_and_no_larger(tmp_path: Path) -> None:
    for aspect, size in ((Fraction(4, 3), (320, 135)), (Fraction(8, 9), (284, 180))):

        def stretch(stream: av.VideoStream, aspect: Fraction = aspect) -> None:
            stream.codec_context.sample_aspect_ratio = aspect

        path = encode(tmp_path / f"{aspect.numerator}.mkv", prepare=stretch)
        info = probe(path)
        assert (info.width, info.height) == size
        assert next(read_pictures(path)).image().shape == (size[1], size[0], 3)


def test_a_rotated_video_is_shown_upright(clip: Path, tmp_path: Path) -> None:
    data = clip.read_bytes()
    # The track header's matrix: the identity, and a quarter turn.
    one = (1 << 16).to_bytes(4, "big")
    none, minus = bytes(4), (-(1 << 16)).to_bytes(4, "big", signed=True)
    w = (1 << 30).to_bytes(4, "big")
    identity = one + none * 3 + one + none * 3 + w
    turned = none + one + none + minus + none * 4 + w
    at = data.rindex(identity)
    path = tmp_path / "turned.mp4"
    path.write_bytes(data[:at] + turned + data[at + len(identity) :])
    info = probe(path)
    assert (info.width, info.height) == (180, 320)
    upright = next(read_pictures(path)).image()
    lying = next(read_pictures(clip)).image()
    assert upright.shape == (320, 180, 3)
    assert np.array_equal(upright, np.rot90(lying, 3))


def test_an_interlaced_picture_loses_its_comb(tmp_path: Path) -> None:
    flags = {"flags": "+ilme+ildct", "x264-params": "interlaced=1"}
    picture = next(read_pictures(encode(tmp_path / "x.mkv", options=flags)))
    assert picture.source.interlaced_frame
    still = np.zeros((8, 8, 3), np.uint8)
    still[:, 4:] = 200
    moved = still.copy()
    moved[1::2, 2:] = 200  # the second field is ahead
    assert np.abs(weave_out(moved).astype(int) - still).max() <= 12
    assert np.array_equal(weave_out(still), still)


def make_sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        samples.rate = 48_000
        container.mux(stream.encode(samples))
        container.mux(stream.encode())


def test_what_is_no_video_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video")
    make_sound(tmp_path / "sound.mkv")
    reasons = {
        "empty.mp4": "is empty",
        "text.mp4": "is not a video",
        "sound.mkv": "no video stream",
        "gone.mp4": "does not exist",
    }
    for name, reason in reasons.items():
        with pytest.raises(UnreadableVideo, match=f"{name}.*{reason}"):
            probe(tmp_path / name)
        with pytest.raises(UnreadableVideo, match=f"{name}.*{reason}"):
            next(read_pictures(tmp_path / name))


def test_a_file_that_changes_while_it_is_read_is_no_episode(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.mkv")
    pictures = read_pictures(path)
    next(pictures)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(UnreadableVideo, match="changed while it was read"):
        list(pictures)


@pytest.mark.skipif(sys.platform != "linux", reason="a process's peak is read from Linux's /proc")
def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    """Five times as long, a single shot, at full HD: the pictures that wait are as many."""
    peaks = []
    for seconds in (5, 25):
        path = tmp_path / f"{seconds}.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
            picture = next(iter(textures(1, 1, (1920, 1080))))[1]
            frame = av.VideoFrame.from_ndarray(picture).reformat(format="yuv420p")
            for number in range(24 * seconds):
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        # Not getrusage(): a new program inherits the peak of the one that started it, pytest's.
        script = (
            "import sys\nfrom pathlib import Path\nfrom ingest.modes import Cutting\n"
            "for choice in Cutting(Path(sys.argv[1]), 24.0).choices(): pass\n"
            "status = dict(line.split(':') for line in open('/proc/self/status'))\n"
            "print(int(status['VmHWM'].split()[0]) // 1024)"
        )
        root = Path(__file__).resolve().parents[1]
        command = [sys.executable, "-c", script, str(path)]
        peaks.append(int(subprocess.run(command, cwd=root, capture_output=True, check=True).stdout))
    short, long = peaks
    assert long < 1500
    assert long < 1.3 * short + 50


def test_keyframes_alone_find_the_shots_where_the_encoder_set_one(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.mp4", options={"g": "24"})
    cutting = Cutting(path, 24.0, "keyframes")
    choices = list(cutting.choices())
    assert cutting.pictures < 20
    assert [choice.shot for choice in choices] == sorted(choice.shot for choice in choices)
    assert {0, 1, 2} == {choice.shot for choice in choices}


def test_decoding_by_hardware_falls_back_or_names_what_is_wrong(clip: Path) -> None:
    """A device that this machine lacks is replaced by the processor; one that none has is told."""
    for device in hwdevices_available():
        assert sum(1 for _ in read_pictures(clip, hwaccel=device)) == 144
    with pytest.raises(UnreadableVideo, match="HWACCEL=quantum is no device"):
        next(read_pictures(clip, hwaccel="quantum"))


def test_an_interval_gives_a_frame_every_so_many_seconds(clip: Path) -> None:
    cutting = Cutting(clip, 24.0, "interval", 1.5)
    times = [round(choice.picture.time, 3) for choice in cutting.choices()]
    assert times == [0.0, 1.5, 3.0, 4.5]
    assert shots(cutting) == [0.0, 2.0, 4.0]
