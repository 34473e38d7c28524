"""A text that all machines share: a blob under a ref of the remote, moved only by who saw its last content.

The same ref in this checkout records the blob that this machine saw or wrote last. It does not know what the text says.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.process.shell import InfraError, ProgramError


@dataclass(frozen=True, slots=True)
class RemoteBlob:
    """`what` names it in errors. Every method raises InfraError when the remote does not answer or refuses."""

    ground: Ground
    ref: str
    what: str

    def here(self) -> str:
        """The blob that this checkout has under the ref; empty for none."""
        return git(self.ground.root, "for-each-ref", "--format=%(objectname)", self.ref).strip()

    def there(self) -> str:
        """The blob that the remote has under the ref; empty for none."""
        remote = self.ground.target.remote
        try:
            return git(self.ground.root, "ls-remote", remote, self.ref).split("\t")[0].strip()
        except ProgramError as error:
            raise InfraError(
                localized(
                    ko=f"원격 저장소 {remote}이 답하지 않아요: {error}",
                    en=f"the remote {remote} does not answer: {error}",
                ),
                localized(
                    ko="주소와 접근 권한을 확인해 주세요: git remote -v",
                    en="check its address and your access: git remote -v",
                ),
            ) from error

    def text(self, blob: str) -> str:
        """Raises ProgramError when git cannot fetch or read it."""
        if blob != self.here():
            git(self.ground.root, "fetch", "--quiet", "--no-tags", self.ground.target.remote, self.ref)
        return git(self.ground.root, "cat-file", "blob", blob)

    def put(self, text: str, seen: str) -> None:
        """Writes the text here and on the remote, if the remote still has `seen`."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "blob.txt"
            file.write_text(text, encoding="utf-8", newline="\n")
            blob = git(self.ground.root, "hash-object", "-w", "--", str(file)).strip()
        if blob != seen:
            self._push(blob, seen)
        self.note(blob)

    def delete(self, seen: str) -> None:
        """Deletes the ref there and here, if the remote still has `seen`."""
        self._push("", seen)
        self.forget()

    def note(self, blob: str) -> None:
        """Records here what the remote has."""
        git(self.ground.root, "update-ref", self.ref, blob)

    def forget(self) -> None:
        git(self.ground.root, "update-ref", "-d", self.ref)

    def _push(self, blob: str, seen: str) -> None:
        remote = self.ground.target.remote
        lease = f"--force-with-lease={self.ref}:{seen}"
        try:
            git(self.ground.root, "push", "--quiet", lease, remote, f"{blob}:{self.ref}")
        except ProgramError as error:
            raise InfraError(
                localized(
                    ko=f"{self.what}: {remote}에 저장할 수 없어요. {error}",
                    en=f"{self.what} cannot be saved on {remote}: {error}",
                ),
                localized(
                    ko="다른 배포가 돌지 않는지, 네트워크가 되는지, 푸시할 수 있는지 확인하고 다시 돌려 주세요",
                    en="check that no other release is running, that the network works, and that you may push; then "
                    "run it"
                    " again",
                ),
            ) from error
