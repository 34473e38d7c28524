"""The contents of the two container images, from the same locked pins as every other environment.

The web image takes the light locks; the GPU image takes those and the LTX packages on top of a CUDA build of torch,
which is in no lock because a laptop has another build of the same version. Two digests compare checkouts: one for the
images, one for the source in them. This module knows no platform: `app.py` turns these rows into images.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

PYTHON = "3.11"
"""The Python version that the locks are tested with; every locked wheel exists for it."""

UV = "0.13.9"
"""Version of uv, which installs the locks in the image build and resolves them on the developer's machine."""

TORCH = "2.13.0"
"""The plain wheel, which on Linux is the build for CUDA 13.0; it pins its own CUDA packages exactly."""

BESIDE_TORCH: dict[str, str] = {
    "cudnn": "nvidia-cudnn-frontend==1.14.1",
    "flash_attn": "flash-attn-4==4.0.0b36",
    # The language and compiler of FlashAttention, for CUDA 13 like torch.
    "cutlass": "nvidia-cutlass-dsl[cu13]==4.8.1",
    "quack": "quack-kernels==0.6.5",
    "tvm_ffi": "apache-tvm-ffi==0.1.15.post2",
    "torch_c_dlpack_ext": "torch-c-dlpack-ext==0.1.5",
    "google": "protobuf==7.36.2",
}
"""Import name and requirement of packages that only a card needs: they are in no lock, and no laptop installs them.
Attention was measured with these versions. Triton comes with the CUDA build of torch itself."""

COMPILER: tuple[str, ...] = ("gcc", "libc6-dev")
"""Debian packages: Triton compiles a small C launcher for each of its kernels in the container."""

WEB_LOCKS: tuple[str, ...] = ("base", "service")
GPU_LOCKS: tuple[str, ...] = (*WEB_LOCKS, "render")

PACKAGE = "gpu"
"""The package that containers run, and its folder in a checkout."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files of the package that go into a container: those with these endings, outside the excluded folders."""

    endings: tuple[str, ...]
    left_out: tuple[str, ...]

    def holds(self, path: PurePath) -> bool:
        """`path` is relative to the package's folder."""
        return path.suffix in self.endings and not any(path.is_relative_to(folder) for folder in self.left_out)


WEB_SOURCE = Source((".py",), ("render", "serve/local", "speed", "tiny"))
GPU_SOURCE = Source((".py", ".safetensors"), ("serve/local",))
"""The trained tiny set is included, so that the whole service can be rehearsed on a card without the real weights
(`CLIPWRIGHT_CHECKPOINT=tiny-trained`). It contains all files of the web entry."""

INSTALL_OPTIONS = "--no-deps --require-hashes --only-binary :all:"
"""Installs exactly the locked files: nothing is resolved or built, and every file's hash is checked."""

WEB_ENVIRONMENT: dict[str, str] = {
    "PYTHONUTF8": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUNBUFFERED": "1",
    "LANG": "C.UTF-8",
}
GPU_ENVIRONMENT: dict[str, str] = WEB_ENVIRONMENT | {
    # Without it the memory that a 1088p clip frees is too fragmented for the next phase (advice of torch and LTX).
    "PYTORCH_ALLOC_CONF": "expandable_segments:True",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

# torchaudio's compiled libraries need the torch they were built with; the LTX packages need only its Python code.
TORCHAUDIO_REPAIR = (
    'python -c "import pathlib, importlib.util as u; '
    "lib = pathlib.Path(u.find_spec('torchaudio').origin).parent / 'lib'; "
    "[f.unlink() for f in lib.glob('*.so')]; import torchaudio\""
)


ROOT = Path(__file__).resolve().parents[2]


def lock_files(names: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """Paths of these locks in a checkout. A container has no locks and does not need them."""
    folder = root / "infra" / "locks"
    return [str(folder / f"{name}.txt") for name in names]


def image_digest(root: Path = ROOT) -> str:
    """Twelve hex digits that change with any input of this checkout's images."""
    rows = (PYTHON, UV, TORCH, BESIDE_TORCH, COMPILER, INSTALL_OPTIONS, WEB_ENVIRONMENT, GPU_ENVIRONMENT)
    rest = (WEB_LOCKS, GPU_LOCKS, WEB_SOURCE, GPU_SOURCE, TORCHAUDIO_REPAIR)
    return _digest([repr((rows, rest)).encode("utf-8"), *_contents(map(Path, lock_files(GPU_LOCKS, root)))])


def is_in_a_container(path: PurePath) -> bool:
    """Whether a file of a checkout goes into a container. `path` is relative to the checkout."""
    return path.is_relative_to(PACKAGE) and GPU_SOURCE.holds(path.relative_to(PACKAGE))


def code_digest(root: Path = ROOT) -> str:
    """Twelve hex digits that change with any file of this checkout that goes into a container."""
    files = sorted(
        path for path in (root / PACKAGE).rglob("*") if is_in_a_container(path.relative_to(root)) and path.is_file()
    )
    names = "\n".join(path.relative_to(root).as_posix() for path in files)
    return _digest([names.encode("utf-8"), *_contents(files)])


def _contents(files: Iterable[Path]) -> Iterable[bytes]:
    """Digests texts with LF line ends, so that a checkout on Windows gives the same digest."""
    for path in files:
        data = path.read_bytes()
        yield data if path.suffix == ".safetensors" else data.replace(b"\r\n", b"\n")


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:12]
