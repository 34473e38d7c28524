"""The weights of an environment's models: pinned, accepted, fetched and verified, on Modal's volume or in a folder.

The work runs where the files are, in a container with the operator's token or in a process of this machine with
HF_TOKEN (`gpu/serve/weights_program.py`). Here its reports are read, and the pins are written. It commits nothing.
"""

import difflib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gpu.core.checkpoints import CHECKPOINTS, Flavour
from gpu.core.weight_sources import LICENCE_TEXTS, MARKERS, Accepted, Pin, licences
from infra import console
from infra.build import first_costs
from infra.language import localized
from infra.platforms import modal_apps, weight_files
from infra.platforms.accounts import missing, probe_modal_weights
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.platforms.programs import QUIET, modal
from infra.platforms.weight_files import FILE, PinFile
from infra.process.shell import InfraError, ProgramError
from infra.process.streaming import lines_of

Action = Literal["pin", "fetch", "verify"]
MARK = "clipwright-weights "
"""As gpu.serve.weights_program names it."""
VOLUME = "clipwright-weights"
FETCH = "python run.py weights fetch"
PIN = "python run.py weights pin"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files are: Modal's volume, or `folder`."""

    ground: Ground
    folder: Path | None = None
    family: Flavour | None = None
    """None: that of the environment's checkpoint."""

    @property
    def flavour(self) -> Flavour:
        return self.family or CHECKPOINTS[self.ground.target.checkpoint].flavour

    def command(self, action: Action) -> list[str]:
        if self.folder is not None:
            program = [sys.executable, "-X", "utf8", "-m", "gpu.serve.weights_program", action]
            return [*program, "--flavour", self.flavour, "--folder", str(self.folder)]
        begin = [*modal(), "run", "--env", self.ground.target.modal_environment]
        begin += ["--detach"] if action == "fetch" else []  # goes on when this machine is switched off
        return [*begin, "-m", f"gpu.serve.modal.app::{action}_weights", "--flavour", self.flavour]

    def running(self) -> str:
        """The id of Modal's app in which a fetch runs that was begun earlier; empty without one. A fetch alone is
        detached. Raises InfraError when Modal does not answer."""
        if self.folder is not None:
            return ""
        return next(iter(modal_apps.detached(self.ground)), "")

    def follow(self, app_id: str) -> Iterator[dict[str, Any]]:
        """The reports of a running fetch until it ends."""
        environment = self.ground.target.modal_environment
        return self.reports_of([*modal(), "app", "logs", app_id, "--follow", "--env", environment])

    def reports(self, action: Action) -> Iterator[dict[str, Any]]:
        return self.reports_of(self.command(action))

    def reports_of(self, command: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Raises InfraError with the program's own problem, ProgramError without one."""
        root = self.ground.root
        problem = ""
        try:
            for line in lines_of(command, cwd=root, env={**QUIET, "PYTHONPATH": str(root)}):
                problem = line if "WeightsUnusable" in line and MARK not in line else problem
                for facts in reports_in(line):
                    problem = str(facts.get("problem") or problem)
                    yield facts
        except ProgramError as error:
            if problem:
                raise InfraError(problem, refused_fix()) from error
            raise


def reports_in(line: str) -> Iterator[dict[str, Any]]:
    """What a line of a program's output reports. Modal's log is cut where a container ends or two write at once: a line
    may hold several reports, a report cut short, and other text."""
    for content in line.split(MARK)[1:]:
        with suppress(json.JSONDecodeError):
            yield json.JSONDecoder().raw_decode(content)[0]


def refused_fix() -> str:
    return localized(
        ko="Hugging Face에서 이 모델의 라이선스를 그 토큰의 계정으로 수락했는지 확인하고 다시 실행해 주세요",
        en="check that the licence is accepted on Hugging Face with the account of the token, then run this again",
    )


# ---------------------------------------------------------------- pin


def pin(place: Place, accepted: Sequence[Accepted]) -> Iterator[str]:
    """Asks the hub for the newest revision of every wanted file, writes the file of pins, and yields its diff."""
    root = place.ground.root
    rows = [Pin(**facts["pin"]) for facts in place.reports("pin") if "pin" in facts]
    if not rows:
        raise InfraError(
            localized(ko="허브가 파일을 하나도 알려 주지 않았어요", en="the hub named no file"),
            f"{PIN} --env {name(place)}",
        )
    before = weight_files.read(root)
    path = root / FILE
    old = path.read_text(encoding="utf-8")
    new = weight_files.with_rows(old, PinFile({**before.pins, place.flavour: tuple(rows)}, tuple(accepted)))
    path.write_text(new, encoding="utf-8", newline="\n")
    yield from difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{FILE}", f"b/{FILE}", lineterm="", n=1)
    gigabytes = sum(row.bytes for row in rows) / 1e9
    yield localized(
        ko=f"파일 {len(rows)}개, {gigabytes:.1f} GB를 {FILE} 파일에 적었어요",
        en=f"files pinned: {len(rows)}, {gigabytes:.1f} GB, written to {FILE}",
    )


def name(place: Place) -> str:
    return place.ground.target.name


def agreed_licences(place: Place, named: Sequence[str], ask: Callable[[str], str]) -> list[Accepted]:
    """The licences accepted before and now. `named` were accepted on the command line; for each other one, `ask` must
    return its name. Raises InfraError for one that was not accepted."""
    known = list(weight_files.read(place.ground.root).accepted)
    for licence in licences(place.flavour):
        if any(each.licence == licence for each in known):
            continue
        typed = licence if licence in named else ask(licence)
        if typed.strip() != licence:
            raise InfraError(
                localized(ko=f"라이선스를 수락하지 않았어요: {licence}", en=f"the licence was not accepted: {licence}"),
                localized(
                    ko=f'{LICENCE_TEXTS[licence]} 내용을 읽고 이름을 그대로 적어 주세요: {PIN} --accept "{licence}"',
                    en=f'read {LICENCE_TEXTS[licence]}, then type its name: {PIN} --accept "{licence}"',
                ),
            )
        known.append(Accepted(licence, author(place.ground.root), f"{place.ground.today:%Y-%m-%d}"))
    return known


def author(root: Path) -> str:
    """The name under which this person commits; empty without one."""
    try:
        return git(root, "config", "user.name").strip()
    except ProgramError:
        return ""


def ask_licence(licence: str) -> str:
    """What a person types; empty without a terminal."""
    console.note(f"{licence}: {LICENCE_TEXTS[licence]}")
    return console.asked(
        localized(
            ko="읽고 동의하면 라이선스 이름을 그대로 적어 주세요", en="read it; to accept it, type its name exactly"
        )
    )


# ---------------------------------------------------------------- fetch, verify, where


def pinned(place: Place) -> tuple[Pin, ...]:
    """Raises InfraError when nothing is pinned or a licence was not accepted."""
    found = weight_files.read(place.ground.root)
    rows = found.pins.get(place.flavour, ())
    if not rows:
        raise InfraError(
            localized(
                ko=f"{place.flavour} 모델 파일의 판이 정해지지 않았어요", en=f"nothing is pinned for {place.flavour}"
            ),
            f"{PIN} --env {name(place)}",
        )
    if lacking := found.lacking(place.flavour):
        raise InfraError(
            localized(ko=f"수락하지 않은 라이선스: {', '.join(lacking)}", en=f"not accepted: {', '.join(lacking)}"),
            f"{PIN} --env {name(place)}",
        )
    return rows


def agree_to_fetch(place: Place, *, agrees: bool) -> None:
    """Says how much a fetch at Modal brings, how long it takes and what it costs at most, and asks. A folder costs
    nothing, and a fetch that goes on was agreed to before. Raises InfraError for a no."""
    size = sum(pin.bytes for pin in pinned(place))
    if place.folder is not None:
        console.note(
            localized(
                ko=f"{place.folder} 폴더에 {size / 1e9:.1f} GB를 받아요", en=f"{size / 1e9:.1f} GB to {place.folder}"
            )
        )
        return
    if place.running():
        return
    for line in first_costs.fetch_lines(size):
        console.note(f"  {line}")
    if not agrees and not console.agreed(localized(ko="받을까요?", en="Fetch them?")):
        raise InfraError(
            localized(ko="아무것도 받지 않았어요", en="nothing was fetched"), f"{FETCH} --env {name(place)} --yes"
        )


def fetch(place: Place, show: Callable[[int, int], None], tell: Callable[[str], None]) -> int:
    """Fetches what is missing; returns the number of files. `show` receives the bytes that are there, and of how many,
    `tell` a line that is to be read. A fetch that broke off goes on where it stopped."""
    pinned(place)
    if place.folder is not None and not os.environ.get("HF_TOKEN"):
        raise InfraError(
            localized(ko="HF_TOKEN 변수가 없어요", en="HF_TOKEN is not set"),
            localized(
                ko="Hugging Face에서 읽기 토큰을 만들어 HF_TOKEN 변수에 넣고 다시 실행해 주세요",
                en="create a read token on Hugging Face, set HF_TOKEN to it, then run this again",
            ),
        )
    fetched = 0
    for facts in fetching(place, tell):
        if "bytes" in facts:
            show(int(facts["bytes"]), int(facts["of"]))
        fetched = int(facts.get("fetched", fetched))
    if not fetched:
        raise InfraError(
            localized(ko="다운로드가 끝까지 가지 않았어요", en="the download did not come to its end"),
            f"{FETCH} --env {name(place)}",
        )
    return fetched


def fetching(place: Place, tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """The reports of a fetch. One that goes on at Modal is followed to its end first: two at once would overwrite each
    other's files. What it has brought is complete, so the second one ends in seconds."""
    if app_id := place.running():
        tell(
            localized(
                ko=f"전에 시작한 다운로드가 Modal에서 이어지고 있어요 ({app_id}). 그 진행을 보여 드려요",
                en=f"the fetch that was begun earlier goes on at Modal ({app_id}); this is its progress",
            )
        )
        yield from place.follow(app_id)
    elif place.folder is None:
        tell(
            localized(
                ko="Modal에서 받아요. 이 창을 닫아도 이어져요. 다시 실행하면 진행을 볼 수 있어요",
                en="it is fetched at Modal, and goes on when this window closes; run this again to watch it",
            )
        )
    yield from place.reports("fetch")


def fetch_shown(place: Place) -> int:
    """The same with a progress bar."""
    what = localized(ko="모델 파일", en="model files")
    with console.progress() as show:
        return fetch(
            place,
            lambda done, whole: show(what, done / whole if whole else None, f"{done / 1e9:.1f} / {whole / 1e9:.1f} GB"),
            console.note,
        )


def verify(place: Place) -> Iterator[str]:
    """A line for each file. Raises InfraError when one differs from its pin or is missing."""
    wrong: list[str] = []
    pinned(place)
    for facts in place.reports("verify"):
        if "file" in facts:
            fault = str(facts["fault"])
            wrong += [str(facts["file"])] if fault else []
            yield f"  {'ERROR' if fault else 'ok   '} {facts['file']}{': ' + fault if fault else ''}"
    if wrong:
        raise InfraError(
            localized(ko=f"판과 다른 파일: {', '.join(wrong)}", en=f"differ from their pins: {', '.join(wrong)}"),
            localized(
                ko=f"다시 받으면 이 파일만 새로 받아요: {FETCH} --env {name(place)}",
                en=f"fetch again, which replaces these files alone: {FETCH} --env {name(place)}",
            ),
        )


def where(place: Place) -> Iterator[str]:
    """Every pinned file: its place, its size, and the revision that it comes from; and whether all have arrived there.
    Raises InfraError when Modal does not answer."""
    rows = weight_files.read(place.ground.root).pins.get(place.flavour, ())
    base = str(place.folder) if place.folder is not None else f"modal:{VOLUME}"
    yield f"{place.flavour}: {base}"
    for row in rows:
        yield f"  {row.path}  {row.bytes / 1e9:.2f} GB  {row.repository}@{row.revision[:12]}  {row.licence}"
    yield localized(
        ko=f"판을 적어 두는 곳: {FILE}; 모두 받으면 생기는 파일: {MARKERS[place.flavour]}",
        en=f"pins are in {FILE}; the file {MARKERS[place.flavour]} is written when all are fetched",
    )
    yield arrival(place)


def arrival(place: Place) -> str:
    """Whether all files of the family are at the place, by the marker that a fetch writes last."""
    if place.folder is not None:
        is_there = (place.folder / MARKERS[place.flavour]).is_file()
        at = localized(ko=f"{place.folder} 폴더", en=f"in {place.folder}")
    else:
        is_there = not missing(probe_modal_weights(place.ground, place.flavour))
        at = localized(ko=f"Modal 볼륨 {VOLUME}", en=f"on Modal's volume {VOLUME}")
    if is_there:
        return localized(ko=f"{at}: 모두 있어요", en=f"{at}: all are there")
    return localized(ko=f"{at}: 아직 다 받지 않았어요", en=f"{at}: not all are fetched yet")


def is_fetched(ground: Ground) -> bool:
    """Whether Modal's volume has all files. Raises InfraError when Modal does not answer."""
    return not missing(probe_modal_weights(ground))
