"""What the two container images are made of: one list of pins, the locks that every other environment is made of too.

The web image takes the light locks; the GPU image takes those and the LTX packages on top of a CUDA build of torch,
which is in no lock because a laptop has another build of the same version. Two digests say whether another checkout
would give the same images and the same source in them. This module knows no platform: `app.py` turns these rows into
images.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

PYTHON = "3.11"
"""The version the locks are tested with here; every wheel in them exists for it."""

UV = "0.13.9"
"""Installs the locks inside the image build; the same version resolves them."""

TORCH = "2.13.0"
"""The plain wheel, which on Linux is the build for CUDA 13.0; it pins its own CUDA packages exactly."""

BESIDE_TORCH: dict[str, str] = {
    "cudnn": "nvidia-cudnn-frontend==1.14.1",
    "flash_attn": "flash-attn-4==4.0.0b36",
    # What FlashAttention is written in and compiled by, for CUDA 13 as torch is.
    "cutlass": "nvidia-cutlass-dsl[cu13]==4.8.1",
    "quack": "quack-kernels==0.6.5",
    "tvm_ffi": "apache-tvm-ffi==0.1.15.post2",
    "torch_c_dlpack_ext": "torch-c-dlpack-ext==0.1.5",
    "google": "protobuf==7.36.2",
}
"""Import name and requirement of what a card alone has a use for: it is in no lock and no laptop needs it. The versions
are those whose attention was measured. Triton comes with the CUDA build of torch itself."""

COMPILER: tuple[str, ...] = ("gcc", "libc6-dev")
"""Debian packages: Triton builds a small C launcher for each of its kernels, where the card is."""

WEB_LOCKS: tuple[str, ...] = ("base", "service")
GPU_LOCKS: tuple[str, ...] = (*WEB_LOCKS, "render")

PACKAGE = "gpu"
"""The package that containers run, and its folder in a checkout."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which files of the package lie in a container: those with these endings, outside the folders left out."""

    endings: tuple[str, ...]
    left_out: tuple[str, ...]

    def holds(self, path: PurePath) -> bool:
        """`path` is relative to the package's folder."""
        return path.suffix in self.endings and not any(path.is_relative_to(folder) for folder in self.left_out)


WEB_SOURCE = Source((".py",), ("render", "serve/local", "speed", "tiny"))
GPU_SOURCE = Source((".py", ".safetensors"), ("serve/local",))
"""The trained tiny set lies there too, so that a rehearsal of the whole service needs a card and none of the real
weights (`CLIPWRIGHT_CHECKPOINT=tiny-trained`). It holds all that the web entry's source holds."""

INSTALL_OPTIONS = "--no-deps --require-hashes --only-binary :all:"
"""Exactly the files of the locks: nothing resolved, nothing built, every byte hashed."""

WEB_ENVIRONMENT: dict[str, str] = {
    "PYTHONUTF8": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUNBUFFERED": "1",
    "LANG": "C.UTF-8",
}
GPU_ENVIRONMENT: dict[str, str] = WEB_ENVIRONMENT | {
    # Without it the freed blocks of a 1088p clip are too scattered for the next phase (torch's own advice, LTX's too).
    "PYTORCH_ALLOC_CONF": "expandable_segments:True",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

# Their compiled halves want the very torch they were built with; the LTX packages need only the Python half.
TORCHAUDIO_REPAIR = (
    'python -c "import pathlib, importlib.util as u; '
    "lib = pathlib.Path(u.find_spec('torchaudio').origin).parent / 'lib'; "
    "[f.unlink() for f in lib.glob('*.so')]; import torchaudio\""
)


ROOT = Path(__file__).resolve().parents[2]


def lock_files(names: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """Paths of these locks in a checkout. Inside a container they are absent, and nothing there asks for them."""
    folder = root / "infra" / "locks"
    return [str(folder / f"{name}.txt") for name in names]


def image_digest(root: Path = ROOT) -> str:
    """Twelve hex digits that change with anything that the images of this checkout are made of."""
    rows = (PYTHON, UV, TORCH, BESIDE_TORCH, COMPILER, INSTALL_OPTIONS, WEB_ENVIRONMENT, GPU_ENVIRONMENT)
    rest = (WEB_LOCKS, GPU_LOCKS, WEB_SOURCE, GPU_SOURCE, TORCHAUDIO_REPAIR)
    return _digest([repr((rows, rest)).encode("utf-8"), *_contents(map(Path, lock_files(GPU_LOCKS, root)))])


def is_in_a_container(path: PurePath) -> bool:
    """Whether a file of a checkout lies in a container. `path` is relative to the checkout."""
    return path.is_relative_to(PACKAGE) and GPU_SOURCE.holds(path.relative_to(PACKAGE))


def code_digest(root: Path = ROOT) -> str:
    """Twelve hex digits that change with any file of this checkout that lies in a container."""
    files = sorted(
        path for path in (root / PACKAGE).rglob("*") if is_in_a_container(path.relative_to(root)) and path.is_file()
    )
    names = "\n".join(path.relative_to(root).as_posix() for path in files)
    return _digest([names.encode("utf-8"), *_contents(files)])


def _contents(files: Iterable[Path]) -> Iterable[bytes]:
    """Texts with one kind of line ends, so that a checkout on Windows gives the same digest."""
    for path in files:
        data = path.read_bytes()
        yield data if path.suffix == ".safetensors" else data.replace(b"\r\n", b"\n")


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:12]
