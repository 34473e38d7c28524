"""The Hugging Face hub: lists the exact files of a repository, and downloads one.

The only importer of huggingface_hub. `weights.py` decides which files are wanted and whether they are right.
"""

# huggingface_hub's own types have gaps; they end here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import hashlib
import tempfile
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import GatedRepoError

from gpu.core.problems import WeightsUnusable
from gpu.core.weight_sources import Pin, Source
from gpu.serve.weights import Download


def downloader(token: str | None, endpoint: str | None = None) -> Download:
    """Downloads by repository and revision, and resumes a partial file. Raises WeightsUnusable where the licence has
    not been accepted, OSError, the hub's own errors."""

    def download(pin: Pin, folder: Path) -> Path:
        try:
            return Path(
                hf_hub_download(
                    repo_id=pin.repository,
                    filename=pin.name,
                    revision=pin.revision,
                    local_dir=folder / Path(pin.path).parts[0],
                    token=token,
                    endpoint=endpoint,
                )
            )
        except GatedRepoError:
            raise WeightsUnusable(
                f"{pin.repository} requires the {pin.licence}. Accept it on huggingface.co with the account "
                "that HF_TOKEN belongs to."
            ) from None

    return download


def pin(sources: tuple[Source, ...], token: str | None, endpoint: str | None = None) -> list[Pin]:
    """The newest revision of every source, file by file, with size and SHA-256.

    The hub states the hash of large files. Small ones are downloaded and hashed here, since every pin needs a hash.
    Raises WeightsUnusable for a name that a repository does not hold, and the hub's own errors.
    """
    api = HfApi(endpoint=endpoint, token=token)
    pins: list[Pin] = []
    for source in sources:
        info = api.model_info(source.repository, files_metadata=True)
        if not info.sha:
            raise WeightsUnusable(f"The hub returned no revision of {source.repository}.")
        names = [each.rfilename for each in info.siblings or []]
        for wanted in source.names:
            if not any(fnmatch(name, wanted) for name in names):
                raise WeightsUnusable(f"{source.repository} has no file {wanted}.")
        for each in info.siblings or []:
            if any(fnmatch(each.rfilename, wanted) for wanted in source.names):
                row = Pin(
                    role=source.role,
                    repository=source.repository,
                    revision=info.sha,
                    name=each.rfilename,
                    path=f"{source.folder}/{each.rfilename}",
                    bytes=each.size or 0,
                    sha256=each.lfs.sha256 if each.lfs is not None else "",
                    licence=source.licence,
                )
                pins.append(row if row.sha256 else _hashed(row, token, endpoint))
    return pins


def _hashed(row: Pin, token: str | None, endpoint: str | None) -> Pin:
    with tempfile.TemporaryDirectory() as folder:
        data = downloader(token, endpoint)(row, Path(folder)).read_bytes()
    return replace(row, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
