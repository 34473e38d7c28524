"""Faults of what a push would publish: keys in files, in commits and in messages, and the state of the checkout.

Keys are put together here, so that no file of the repository holds anything that looks like one.
"""

from collections.abc import Callable

from infra.preflight.self_test.copies import Copy
from infra.preflight.self_test.fault import Fault, wrote

AWS_KEY = "AKIA" + "Q3EGTN5XH7K2WB4L"  # pragma: allowlist secret
GITHUB_TOKEN = "gh" + "p_" + "a8Fh2kLm9PqRs4TvWx6Yz1Bc3Df5Gh7Jk0Mn"  # pragma: allowlist secret
MODAL_TOKEN = "a" + "k-" + "Zx81LmQp03RtYv52NcKd7B"  # pragma: allowlist secret
HUB_TOKEN = "hf" + "_" + "QwErTyUiOpAsDfGhJkLzXcVbNm12345678"  # pragma: allowlist secret
OLD_CLOUDFLARE = "Xk29aBcDeFgHiJkLm" + "NoPqRsTuVwXyZ01234_-678"  # pragma: allowlist secret
BUCKET_KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a0" + "c0ffee00dec0de11feed22beef33cafe"  # pragma: allowlist secret
EVENT_SECRET = "wh" + "sec_" + "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ"  # pragma: allowlist secret
KEYS = (AWS_KEY, GITHUB_TOKEN, MODAL_TOKEN, HUB_TOKEN, OLD_CLOUDFLARE, BUCKET_KEY, EVENT_SECRET)
"""All of them; they are invented. No finding may repeat them."""


def committed_and_removed(name: str, text: str) -> Callable[[Copy], None]:
    """Adds the file in one commit by force, and deletes it in the next."""

    def plant(copy: Copy) -> None:
        copy.write(name, text)
        copy.git("add", "--force", "--", name)
        copy.git("commit", "--quiet", "-m", "One more file", "--", name)
        (copy.root / name).unlink()
        copy.git("commit", "--quiet", "-m", "Without it", "--", name)

    return plant


def message(copy: Copy) -> None:
    copy.git("commit", "--quiet", "--allow-empty", "-m", f"Use {GITHUB_TOKEN}")


def tag(copy: Copy) -> None:
    copy.git("tag", "--annotate", "v1", "-m", f"released with {MODAL_TOKEN}")


def staged(copy: Copy) -> None:
    copy.write("docs/staged.md", f"token {MODAL_TOKEN}\n")
    copy.git("add", "docs/staged.md")
    (copy.root / "docs" / "staged.md").unlink()


def elsewhere(copy: Copy) -> None:
    copy.git("switch", "--quiet", "--create", "elsewhere")


def detached(copy: Copy) -> None:
    copy.git("checkout", "--quiet", "--detach")


def not_to_be_run(copy: Copy) -> None:
    copy.git("update-index", "--chmod=-x", ".ci/run")


FAULTS = (
    Fault("a Modal token in a file", "secrets-tree", "docs/modal.md", wrote("docs/modal.md", f"use {MODAL_TOKEN}\n")),
    Fault("an AWS key in prose", "secrets-tree", "docs/aws.md", wrote("docs/aws.md", f"the key is {AWS_KEY}\n")),
    Fault("a Cloudflare token of the old form in prose", "secrets-tree", "docs/flare.md",
          wrote("docs/flare.md", f"Our Cloudflare API token is {OLD_CLOUDFLARE}.\n")),
    Fault("a Hugging Face token in gpu/serve/hub.py", "secrets-tree", "gpu/serve/hub.py",
          lambda copy: copy.append("gpu/serve/hub.py", f'\nTOKEN = "{HUB_TOKEN}"\n')),
    Fault("a bucket's key in a comment of targets.toml", "secrets-tree", "infra/targets.toml",
          lambda copy: copy.append("infra/targets.toml", f'# secret_access_key = "{BUCKET_KEY}"\n')),
    Fault("a key under tests", "secrets-tree", "tests/planted.py",
          wrote("tests/planted.py", f'"""Planted."""\n\nKEY = "{EVENT_SECRET}"\n')),
    Fault("a key in what is staged", "secrets-staged", "docs/staged.md", staged, apart=True, late=True),
    Fault("a key in an earlier commit of the push", "secrets-history", "", committed_and_removed(
        "docs/notes.md", f"the key is {AWS_KEY}\n"), apart=True),
    Fault("a key in a .env of an earlier commit", "secrets-history", "", committed_and_removed(
        ".env", f"R2_SECRET_ACCESS_KEY={BUCKET_KEY}\n"), apart=True),
    Fault("a key in a commit's message", "secrets-messages", "commit ", message),
    Fault("a key in a tag's message", "secrets-messages", "tag v1", tag),
    Fault("another branch", "git-branch", "", elsewhere, apart=True, late=True),
    Fault("no branch at all", "git-branch", "", detached, apart=True, late=True),
    Fault("a change that is not committed", "git-clean", "README.md",
          lambda copy: copy.append("README.md", "x\n"), late=True),
    Fault("a file that git does not know", "git-clean", "docs/new.md", wrote("docs/new.md", "x\n"), late=True),
    Fault("a script that lost its right to be run", "git-clean", ".ci/run", not_to_be_run, late=True),
    Fault("a signing key that is not there", "signing-key", "", lambda _: None,
          variables={"CLIPWRIGHT_SIGNING_KEY_FILE": "gone.pem"}),
)  # fmt: skip
