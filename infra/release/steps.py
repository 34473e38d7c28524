"""The steps of a release, each one safe to repeat: what it would run, and running it.

A step reads and writes the journal, so that the next one, also in another process on another day, knows what happened.
The order, and what happens on a failure, is `infra.release.deploy`'s.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gpu.core.contract.schema import contract_digest
from infra import console
from infra.platforms import live, pages
from infra.platforms.accounts import last_words
from infra.platforms.cloudflare import SITE, of_sweeper, read
from infra.platforms.commit_name import SHORT
from infra.platforms.git import changed_paths, commit, full_commit, git
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, json_part, modal, plain, run, wrangler
from infra.platforms.site_client import NotMadeError
from infra.platforms.targets import ADDRESSES, is_tiny
from infra.preflight.checks.money import PRICE_CHECK, default_estimate
from infra.preflight.findings import logged
from infra.preflight.runner import Request, examine, lines_of, mend, tally
from infra.process.shell import InfraError
from infra.release import branches, smoke
from infra.release.gpu_side import (
    container_environment,
    deploy_command,
    differences,
    gpu_side_equal,
    reported_version,
    wait_until_deployed,
)
from infra.release.journal import Journal
from infra.settings import ENGLISH

WRANGLER_SECONDS = 300.0
MODAL_SECONDS = 1800.0
"""A first deploy builds the images."""
SKIP = "[skip ci]"
"""In a commit's message it keeps Pages and GitHub from building: the log of a release is no release."""


@dataclass(frozen=True, slots=True)
class WaitTimes:
    """How long to wait for others, in seconds. Tests are in more of a hurry than Cloudflare's builder."""

    agree_seconds: float = 1200.0
    clip_seconds: float = 1800.0
    pause_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class ReleaseContext:
    """What a step has at hand."""

    ground: Ground
    journal: Journal
    keep: Callable[[], None]
    """Writes the journal."""
    tell: Callable[[str], None]
    wait_times: WaitTimes


@dataclass(frozen=True, slots=True)
class Step:
    """`commands` says what would run, for --dry-run; `run` does it, and may be repeated."""

    name: str
    title: str
    commands: Callable[[ReleaseContext], list[str]]
    run: Callable[[ReleaseContext], None]


# ---------------------------------------------------------------- this checkout


def check_and_mend(context: ReleaseContext) -> None:
    """Every check; what may be mended is mended and committed by itself. Raises InfraError while an error is left."""
    journal, ground = context.journal, context.ground
    if journal.mending:
        # Interrupted while mending: the tree was clean before, so what differs now are the fixes.
        commit_fixes(context, changed_paths(ground.root))
    report = examine(ground, Request())
    note_findings(context, [logged(r.check, f.message) for r in report.results for f in r.findings])
    if report.blocks_release and mendable_alone(report.results):
        journal.mending = True
        context.keep()
        mend(ground, report.results)
        commit_fixes(context, changed_paths(ground.root))
        report = examine(ground, Request())
    if report.blocks_release:
        for line in lines_of(report):
            context.tell(line)
        raise InfraError(tally(report), "mend what is marked above, then run deploy again")
    journal.left = [logged(r.check, f.message) for r in report.results for f in r.findings]
    journal.commit = content_commit(ground.root)
    context.tell(tally(report))


def mendable_alone(verdicts: tuple[Any, ...]) -> bool:
    """Mending starts from a clean tree only: otherwise somebody's unfinished work would be in the fixes' commit."""
    dirty = any(verdict.check.id == "git-clean" and verdict.findings for verdict in verdicts)
    return not dirty and any(finding.mendable for verdict in verdicts for finding in verdict.findings)


def note_findings(context: ReleaseContext, found: list[str]) -> None:
    context.journal.found = list(dict.fromkeys([*context.journal.found, *found]))
    context.keep()


def commit_fixes(context: ReleaseContext, paths: list[str]) -> None:
    if paths:
        context.tell("fixes: " + ", ".join(paths))
        commit(context.ground.root, "Fixes found by preflight\n\n" + "\n".join(f"* {path}" for path in paths), paths)
        context.journal.fixed = list(dict.fromkeys([*context.journal.fixed, *paths]))
    context.journal.mending = False
    context.keep()


def content_commit(root: Path) -> str:
    """The newest commit that changes more than the log of releases: that is what goes live."""
    return git(root, "rev-list", "-1", "HEAD", "--", *branches.CONTENT).strip()


# ---------------------------------------------------------------- what is live


def remember_live(context: ReleaseContext) -> None:
    """Notes what is live now, for the way back. A first release has nothing to go back to. Raises InfraError for what
    answers and cannot be named: once replaced, it could not be brought back."""
    if context.journal.before:
        context.tell("the way back is that of the release which was given up")
        return
    before = {f"{answer.service}_build": answer.build for answer in live.ask(context.ground.target)}
    for name, answering, command, key in (
        ("pages", "site_build", pages_list(context), "Id"),
        ("sweeper", "sweeper_build", sweeper_list(context), "version_id"),
        ("modal", "gpu_build", modal_history(context), "Version"),
    ):
        finished = attempt(command, cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)
        before[name] = newest(finished.output, key) if finished.exit_code == 0 else ""
        if name == "pages" and before[name]:
            before[name] = serving(finished.output, before[answering]) or before[name]
        if before[answering] and not before[name]:
            raise InfraError(
                f"which deployment of {name} answers cannot be learned: {last_words(finished.output)}",
                f"without it there would be no way back; see what this says: {plain(command)}",
            )
        context.tell(f"{name}: {before[name] or 'nothing yet'}")
    context.journal.before.update(before)


def newest(output: str, key: str) -> str:
    """The id of the newest deployment in a program's JSON, or nothing. Wrangler lists the newest first."""
    try:
        document: Any = json.loads(json_part(output) or "[]")
    except ValueError:
        return ""
    found = re.findall(rf'"{key}": "?([^",}}]+)', json.dumps(document), re.IGNORECASE)
    numbered = [word for word in found if re.fullmatch(r"v\d+", word)]
    if numbered:  # Modal counts its deployments
        return max(numbered, key=lambda word: int(word[1:]))
    return found[0].strip() if found else ""


def serving(output: str, build: str) -> str:
    """The Pages deployment of the commit that answers: after a rollback or a failed build it is not the newest one."""
    rows: list[dict[str, Any]] = json.loads(json_part(output))
    found = (row for row in rows if len(row.get("Source") or "") >= 7 and build.startswith(row["Source"]))
    return next((str(row["Id"]) for row in found), "")


def pages_list(context: ReleaseContext) -> list[str]:
    target = context.ground.target
    command = [*wrangler(), "pages", "deployment", "list", "--project-name", target.pages_project]
    return [*command, "--environment", target.name, "--json"]


def sweeper_list(context: ReleaseContext) -> list[str]:
    return [*wrangler(), "deployments", "status", *of_sweeper(context.ground.target), "--json"]


def modal_history(context: ReleaseContext) -> list[str]:
    target = context.ground.target
    return [*modal(), "app", "history", target.modal_app, "--env", target.modal_environment, "--json"]


# ---------------------------------------------------------------- going live


def publish(context: ReleaseContext) -> None:
    """Pushes exactly the release's commit to the branch it comes from, which builds nothing: whatever goes live from
    here on is kept where others can find it, and a branch that takes no push says so while nothing is changed yet."""
    ground, commit_id = context.ground, context.journal.commit
    if branches.has(ground, ground.target.branch, commit_id):
        context.tell(f"{ground.target.remote}/{ground.target.branch} has {commit_id[:SHORT]} already")
        return
    git(ground.root, *branches.push_arguments(ground.target, ground.target.branch, commit_id))


def push(context: ReleaseContext) -> None:
    """Moves the branch that Pages builds to the release's commit: schema and GPU service are there by now. Where it is
    there already, as after a rollback, the build is asked for."""
    ground, target, commit_id = context.ground, context.ground.target, context.journal.commit
    if not branches.has(ground, target.live_branch, commit_id):
        git(ground.root, *branches.push_arguments(target, target.live_branch, commit_id))
        return
    context.tell(f"{target.remote}/{target.live_branch} has {commit_id[:SHORT]} already")
    answering = next(answer.build for answer in live.ask(target) if answer.service == "functions")
    if not live.same(answering, commit_id):
        pages.build(target)
        context.tell(f"{answering or 'nothing'} answers there: Pages was asked to build it once more")


def pushing(context: ReleaseContext, branch: str) -> str:
    return " ".join(["git", *branches.push_arguments(context.ground.target, branch, context.journal.commit)])


def migrate(context: ReleaseContext) -> None:
    run(migrate_command(context), cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)


def migrate_command(context: ReleaseContext) -> list[str]:
    target = context.ground.target
    command = [*wrangler(), "d1", "migrations", "apply", target.database, "--remote"]
    configured = read(context.ground.root / SITE).get("env", {})
    return [*command, "--env", target.name] if target.name in configured else command


def deploy_gpu(context: ReleaseContext) -> None:
    """Deploys the Modal app when anything its containers are made from differs from what answers now."""
    journal = context.journal
    answering = next(answer.build for answer in live.ask(context.ground.target) if answer.service == "gpu")
    journal.made["gpu_commit"] = journal.commit
    if answering and not journal.replaces_gpu and runs_this(context, answering):
        journal.made["gpu_commit"] = full_commit(context.ground.root, answering)
        # Another answer than before the release: this release deployed it, and was interrupted before it was noted.
        replaced = answering != journal.before.get("gpu_build", answering)
        journal.made["modal"] = answering if replaced else "unchanged"
        context.tell(f"nothing that runs there has changed since {answering[:SHORT]}; Modal stays as it is")
        return
    short = journal.commit[:SHORT]
    run(
        modal_command(context),
        cwd=context.ground.root,
        timeout_seconds=MODAL_SECONDS,
        env={
            "CLIPWRIGHT_BUILD": short,
            "PYTHONPATH": str(context.ground.root),
            **container_environment(context.ground.target),
        },
    )
    journal.made["modal"] = short


def runs_this(context: ReleaseContext, answering: str) -> bool:
    """Whether what answers is what this release would deploy: the same code and images, told the same."""
    if not gpu_side_equal(context.ground, answering, context.journal.commit):
        return False
    otherwise = differences(context.ground, reported_version(context.ground.target))
    for line in otherwise:
        context.tell(line)
    return not otherwise


def modal_command(context: ReleaseContext) -> list[str]:
    return deploy_command(context.ground.target, context.journal.commit[:SHORT] or "<commit>")


def deploy_sweeper(context: ReleaseContext) -> None:
    run(sweeper_command(context), cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)
    context.journal.made["sweeper"] = context.journal.commit[:SHORT]


def sweeper_command(context: ReleaseContext) -> list[str]:
    short = context.journal.commit[:SHORT] or "<commit>"
    command = [*wrangler(), "deploy", *of_sweeper(context.ground.target)]
    return [*command, "--var", f"BUILD:{short}", "--tag", short, "--message", short]


# ---------------------------------------------------------------- proof


def agree(context: ReleaseContext) -> None:
    journal = context.journal
    expected = live.Expected(journal.commit, journal.made.get("gpu_commit") or journal.commit, contract_digest())
    live.wait(
        context.ground.target,
        expected,
        limit_seconds=context.wait_times.agree_seconds,
        pause_seconds=context.wait_times.pause_seconds,
        tell=lambda late: context.tell("waiting: " + "; ".join(late)),
    )
    wait_until_deployed(
        context.ground,
        limit_seconds=context.wait_times.agree_seconds,
        pause_seconds=context.wait_times.pause_seconds,
        tell=lambda late: context.tell("waiting: " + "; ".join(late)),
    )
    context.tell(f"all answer {journal.commit[:SHORT]}")


def smoke_clip(context: ReleaseContext) -> None:
    """One clip at the defaults. Owner and picture are kept before the clip is asked for, so that a repetition after an
    interruption asks for the same one."""
    journal = context.journal
    headers, site_url = ENGLISH | live.access_headers(), context.ground.target.site_url
    with httpx.Client(base_url=site_url, headers=headers, timeout=smoke.ASK_SECONDS) as client:
        if journal.smoke_upload:
            client.headers["Cookie"] = journal.smoke_cookie
        else:
            if not is_tiny(context.ground.target.checkpoint):  # the estimates are those of the real models
                journal.predicted = smoke.predicted(default_estimate())
            journal.smoke_upload = smoke.upload(client)
            journal.smoke_cookie = f"{smoke.OWNER_COOKIE}={client.cookies[smoke.OWNER_COOKIE]}"
            context.keep()
        address = smoke.submit(client, journal.id, journal.smoke_upload)
        limits = smoke.Limits(context.wait_times.clip_seconds, context.wait_times.pause_seconds)
        try:
            job = smoke.follow(client, address, limits, context.tell)
        except NotMadeError:
            journal.smoke_upload = journal.smoke_cookie = ""  # the next try asks for another one
            context.keep()
            raise
    journal.measured = smoke.measured(job)
    hold_to_cap(context)


def hold_to_cap(context: ReleaseContext) -> None:
    """What the clip cost against what the environment allows. Above it, only a person who is there can let the release
    stand, which the log then says. Raises InfraError."""
    journal, target = context.journal, context.ground.target
    if (over := smoke.above_cap(target, journal.predicted, journal.measured)) is None:
        return
    if not console.agreed(f"{over}. Keep this release?"):
        raise InfraError(over, smoke.OVER_CAP_FIX)
    journal.left.append(logged(PRICE_CHECK, over))
    context.keep()


def all_steps() -> tuple[Step, ...]:
    """Preflight to proof, in order. The reflection, which also a failure gets, is not one of them."""

    def shown(command: Callable[[ReleaseContext], list[str]]) -> Callable[[ReleaseContext], list[str]]:
        return lambda context: [plain(command(context))]

    return (
        Step("preflight", "every check; fixes become a commit of their own",
             lambda _context: ["python run.py preflight --fix"], check_and_mend),
        Step("remember", "note what is live, for the way back",
             lambda context: [plain(command(context)) for command in (pages_list, sweeper_list, modal_history)],
             remember_live),
        Step("publish", "push the commit to its branch, which builds nothing",
             lambda context: [pushing(context, context.ground.target.branch)], publish),
        Step("migrations", "bring D1 to the newest schema", shown(migrate_command), migrate),
        Step("modal", "deploy the GPU service, if anything it runs has changed", shown(modal_command), deploy_gpu),
        Step("push", "move the branch that Pages builds, which alone starts the build",
             lambda context: [pushing(context, context.ground.target.live_branch)], push),
        Step("sweeper", "deploy the cron Worker", shown(sweeper_command), deploy_sweeper),
        Step("agree", "wait until site, Functions, sweeper and GPU service name the same commit",
             lambda context: [f"GET {url}" for url in addresses(context)], agree),
        Step("smoke", "one clip through the public API",
             lambda context: [f"POST {context.ground.target.site_url or '<site_url>'}/api/jobs"], smoke_clip),
    )  # fmt: skip


def parts_of(journal: Journal) -> tuple[str, ...]:
    """Parts that the release may have replaced, or one that was given up before it: a step that was begun counts, it
    may have got through."""
    begun = {*journal.done, next((step.name for step in all_steps() if step.name not in journal.done), "")}
    found = [each for each in ("modal", "sweeper") if journal.made.get(each) or each in begun]
    found = [each for each in found if journal.made.get(each) != "unchanged"]
    if "push" in begun:
        found.append("pages")
    return tuple(dict.fromkeys([*journal.replaced, *found]))


def addresses(context: ReleaseContext) -> list[str]:
    target = context.ground.target
    site, sweeper, gpu = (getattr(target, name) or f"<{name}>" for name in ADDRESSES)
    return [f"{site}/ko/", f"{site}/api/version", f"{sweeper}/version", f"{gpu}/version"]
