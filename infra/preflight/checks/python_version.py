"""Whether run.py, pyproject.toml, the type checker, the images and the workflows agree on the Python versions.

It does not check whether the packages exist for them; installing them shows that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpu.core.container_images import PYTHON
from infra.language import localized
from infra.platforms.files import text_of, toml_of
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """`oldest` and `newest` are from run.py, `image` from the container images, `checked` from pyright, `asked` is
    requires-python. `workflows` maps a workflow file to its version."""

    oldest: Version
    newest: Version
    image: Version
    checked: Version
    asked: str
    workflows: Mapping[str, Version]


def probe(ground: Ground) -> Versions:
    root = ground.root
    door, project = text_of(root, "run.py"), toml_of(root, "pyproject.toml")
    pins: dict[str, Version] = {}
    for path in sorted((root / ".github" / "workflows").glob("*.yml")):
        name = path.relative_to(root).as_posix()
        for version in re.findall(r'python-version: "([\d.]+)"', text_of(root, name)):
            pins[name] = numbers(version)
    return Versions(
        oldest=limit(door, "OLDEST_PYTHON"),
        newest=limit(door, "NEWEST_PYTHON"),
        image=numbers(PYTHON),
        checked=numbers(str(project.get("tool", {}).get("pyright", {}).get("pythonVersion", ""))),
        asked=str(project.get("project", {}).get("requires-python", "")),
        workflows=pins,
    )


def limit(source: str, name: str) -> Version:
    found = re.search(rf"^{name} = \((\d+), (\d+)\)", source, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else ()


def numbers(version: str) -> Version:
    """Major and minor; empty for an invalid version."""
    return tuple(int(part) for part in version.split(".")[:2]) if re.fullmatch(r"\d+(\.\d+)+", version) else ()


def evaluate(versions: Versions) -> list[Finding]:
    findings: list[Finding] = []
    oldest, newest = versions.oldest, versions.newest
    if not oldest or not newest:
        return [
            wrong(
                localized(
                    ko="OLDEST_PYTHON과 NEWEST_PYTHON이 없어요", en="OLDEST_PYTHON and NEWEST_PYTHON were not found"
                ),
                localized(ko="숫자 둘의 쌍으로 써 주세요", en="write them as pairs of numbers"),
                "run.py",
            )
        ]
    asked = f">={words(oldest)},<{newest[0]}.{newest[1] + 1}"
    if versions.asked.replace(" ", "") != asked:
        message = localized(
            ko=f"requires-python은 {versions.asked or '-'}인데 run.py는 {asked}를 받아요",
            en=f"requires-python is {versions.asked or '-'}, but run.py accepts {asked}",
        )
        findings.append(wrong(message, localized(ko="둘을 맞춰 주세요", en="make them agree"), "pyproject.toml"))
    if versions.checked != oldest:
        message = localized(
            ko=f"타입은 Python {words(versions.checked)} 기준으로 보는데, 가장 오래된 버전은 {words(oldest)}이에요",
            en=f"types are checked for Python {words(versions.checked)}, but the oldest version is {words(oldest)}",
        )
        findings.append(
            wrong(
                message,
                localized(ko="가장 오래된 버전 기준으로 타입을 봐 주세요", en="check types for the oldest version"),
                "pyproject.toml",
            )
        )
    if not oldest <= versions.image <= newest:
        message = localized(
            ko=f"이미지는 Python {words(versions.image)}인데, 잠금 파일은 {words(oldest)}부터 "
            f"{words(newest)}까지 시험했어요",
            en=f"the images run Python {words(versions.image)}; the locks are tested on {words(oldest)} to "
            f"{words(newest)}",
        )
        findings.append(
            wrong(
                message,
                localized(ko="이 가운데 한 버전을 써 주세요", en="use one of these versions"),
                "gpu/core/container_images.py",
            )
        )
    findings += [
        wrong(
            localized(
                ko=f"Python {words(version)} 버전을 돌려요. 시험한 것은 {words(oldest)}부터 {words(newest)}까지예요",
                en=f"runs Python {words(version)}; {words(oldest)} to {words(newest)} are tested",
            ),
            localized(ko="이 가운데 하나를 써 주세요", en="use one of these"),
            name,
        )
        for name, version in versions.workflows.items()
        if not oldest <= version <= newest
    ]
    return findings


def words(version: Version) -> str:
    return ".".join(map(str, version)) or "-"


def wrong(message: str, fix: str, where: str) -> Finding:
    return Finding("error", message, fix, where=where)


CHECKS: Sequence[Check[Versions]] = (
    Check(
        "python-version",
        "Dependencies",
        "every part runs a tested version of Python",
        "어디서나 시험한 파이썬을 쓰는지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
