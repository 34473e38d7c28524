"""The steps of a release: the commands of each step, and its function. Every step may be repeated.

A step reads and writes the journal, so that the next step can run in another process on another day. The order, and
the handling of failures, are in `infra.release.deploy`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from gpu.core.contract.schema import contract_digest
from infra import console
from infra.language import accept_language, localized
from infra.platforms import live, pages
from infra.platforms.cloudflare import SITE, of_sweeper, read
from infra.platforms.commit_name import SHORT
from infra.platforms.git import changed_paths, commit, full_commit, git
from infra.platforms.programs import plain, run, wrangler
from infra.platforms.site_client import NotMadeError
from infra.platforms.targets import ADDRESSES, is_tiny
from infra.preflight import sanity
from infra.preflight.checks.money import PRICE_CHECK, default_estimate
from infra.preflight.findings import logged
from infra.preflight.runner import Request, examine, lines_of, mend, tally
from infra.process.shell import InfraError
from infra.release import branches, choices, smoke
from infra.release.deployed_versions import modal_history, pages_list, sweeper_list
from infra.release.gpu_side import (
    container_environment,
    deploy_command,
    differences,
    gpu_side_equal,
    reported_version,
    wait_until_deployed,
)
from infra.release.journal import Journal
from infra.release.release_context import MODAL_SECONDS, WRANGLER_SECONDS, ReleaseContext, Step
from infra.release.remember import remember_live
from infra.release.smoke_token import smoke_token
from infra.release.step_titles import title_of

SKIP = "[skip ci]"
"""In a commit's message: Pages and GitHub then build nothing. Used for commits of the log."""


# ---------------------------------------------------------------- this checkout


def check_and_mend(context: ReleaseContext) -> None:
    """Runs every check, and commits the automatic fixes separately. Raises InfraError while an error is left."""
    journal, ground = context.journal, context.ground
    if journal.mending:
        # Interrupted during the fixes: the tree was clean before, so all changes are fixes.
        commit_fixes(context, changed_paths(ground.root))
    report = examine(ground, Request())
    note_findings(context, [logged(r.check, f.message) for r in report.results for f in r.findings])
    if report.blocks_release and mendable_alone(report.results):
        journal.mending = True
        context.keep()
        mend(ground, report.results)
        commit_fixes(context, changed_paths(ground.root))
        report = examine(ground, Request())
    answers = sanity.answers(ground, report.results)
    for line in sanity.lines_of(answers, journal.fixed):
        context.tell(line)
    if report.blocks_release:
        for line in lines_of(report):
            context.tell(line)
        first = next(f for r in report.results for f in r.findings if f.severity == "error")
        raise InfraError(
            f"{first.message}\n{tally(report)}",
            localized(
                ko="위의 오류를 고친 다음 deploy를 다시 돌려 주세요",
                en="correct the errors shown above, then run deploy again",
            ),
        )
    journal.left = [logged(r.check, f.message) for r in report.results for f in r.findings]
    journal.summary = list(sanity.logged(answers, journal.fixed))
    choices.ask(context)
    journal.commit = content_commit(ground.root)
    context.tell(tally(report))


def mendable_alone(verdicts: tuple[Any, ...]) -> bool:
    """Automatic fixes need a clean tree: otherwise their commit would contain somebody's unfinished changes."""
    dirty = any(verdict.check.id == "git-clean" and verdict.findings for verdict in verdicts)
    return not dirty and any(finding.mendable for verdict in verdicts for finding in verdict.findings)


def note_findings(context: ReleaseContext, found: list[str]) -> None:
    context.journal.found = list(dict.fromkeys([*context.journal.found, *found]))
    context.keep()


def commit_fixes(context: ReleaseContext, paths: list[str]) -> None:
    if paths:
        fixed = ", ".join(paths)
        context.tell(localized(ko=f"고친 파일: {fixed}", en=f"fixes: {fixed}"))
        commit(context.ground.root, "Fixes found by preflight\n\n" + "\n".join(f"* {path}" for path in paths), paths)
        context.journal.fixed = list(dict.fromkeys([*context.journal.fixed, *paths]))
    context.journal.mending = False
    context.keep()


def content_commit(root: Path) -> str:
    """The commit that goes live: the newest one that changes more than the log of releases."""
    return git(root, "rev-list", "-1", "HEAD", "--", *branches.CONTENT).strip()


# ---------------------------------------------------------------- going live


def publish(context: ReleaseContext) -> None:
    """Pushes the release's commit to its own branch, which starts no build. So the remote has the commit before it goes
    live, and a branch that refuses the push stops the release while nothing is changed yet."""
    ground, commit_id = context.ground, context.journal.commit
    if branches.has(ground, ground.target.branch, commit_id):
        context.tell(
            localized(
                ko=f"{ground.target.remote}/{ground.target.branch}에 {commit_id[:SHORT]} 커밋이 이미 있어요",
                en=f"{ground.target.remote}/{ground.target.branch} already contains {commit_id[:SHORT]}",
            )
        )
        return
    git(ground.root, *branches.push_arguments(ground.target, ground.target.branch, commit_id))


def push(context: ReleaseContext) -> None:
    """Moves the branch that Pages builds to the release's commit; the schema and the GPU service are live by then. If
    the branch already contains it, as after a rollback, Pages is asked to build it again."""
    ground, target, commit_id = context.ground, context.ground.target, context.journal.commit
    if not branches.has(ground, target.live_branch, commit_id):
        git(ground.root, *branches.push_arguments(target, target.live_branch, commit_id))
        return
    context.tell(
        localized(
            ko=f"{target.remote}/{target.live_branch}에 {commit_id[:SHORT]} 커밋이 이미 있어요",
            en=f"{target.remote}/{target.live_branch} already contains {commit_id[:SHORT]}",
        )
    )
    answering = next(answer.build for answer in live.ask(target) if answer.service == "functions")
    if not live.same(answering, commit_id):
        pages.build(target)
        context.tell(
            localized(
                ko=f"올라가 있는 것은 {answering or '-'}이라서 Pages에 이 커밋을 다시 빌드해 달라고 했어요",
                en=f"live is {answering or '-'}, so Pages was asked to build the commit again",
            )
        )


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
    """Deploys the Modal app if its code, images or environment variables differ from the live ones."""
    journal = context.journal
    answering = next(answer.build for answer in live.ask(context.ground.target) if answer.service == "gpu")
    journal.made["gpu_commit"] = journal.commit
    if answering and not journal.replaces_gpu and runs_this(context, answering):
        journal.made["gpu_commit"] = full_commit(context.ground.root, answering)
        # The live build differs from the one before the release: this release deployed it, but was interrupted before
        # the journal recorded it.
        replaced = answering != journal.before.get("gpu_build", answering)
        journal.made["modal"] = answering if replaced else "unchanged"
        context.tell(
            localized(
                ko=f"GPU 서비스는 {answering[:SHORT]}부터 그대로라서 배포하지 않아요",
                en=f"the GPU service is unchanged since {answering[:SHORT]}, so it is not deployed",
            )
        )
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
    """Whether the live GPU service equals what this release would deploy: code, images, environment variables."""
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
        tell=lambda late: context.tell(waiting(late)),
    )
    wait_until_deployed(
        context.ground,
        limit_seconds=context.wait_times.agree_seconds,
        pause_seconds=context.wait_times.pause_seconds,
        tell=lambda late: context.tell(waiting(late)),
    )
    context.tell(
        localized(
            ko=f"모든 서비스가 {journal.commit[:SHORT]} 버전이에요", en=f"all services report {journal.commit[:SHORT]}"
        )
    )


def waiting(late: Sequence[str]) -> str:
    parts = "; ".join(late)
    return localized(ko=f"기다리는 중: {parts}", en=f"waiting: {parts}")


def smoke_clip(context: ReleaseContext) -> None:
    """Makes one clip at the defaults. The picture is saved before the request, so that a repetition after an
    interruption, with another token of the same owner, requests the same clip."""
    journal = context.journal
    headers, site_url = accept_language() | live.access_headers(), context.ground.target.site_url
    with (
        smoke_token(context.ground, journal.id) as token,
        httpx.Client(base_url=site_url, headers=headers, timeout=smoke.ASK_SECONDS) as client,
    ):
        client.headers["Authorization"] = f"Bearer {token}"
        if not journal.smoke_upload:
            if not is_tiny(context.ground.target.checkpoint):  # estimates exist for the real models only
                journal.predicted = smoke.predicted(default_estimate())
            journal.smoke_upload = smoke.upload(client)
            context.keep()
        address = smoke.submit(client, journal.id, journal.smoke_upload)
        limits = smoke.Limits(context.wait_times.clip_seconds, context.wait_times.pause_seconds)
        try:
            job = smoke.follow(client, address, limits, context.tell)
        except NotMadeError:
            journal.smoke_upload = ""  # the next try requests a new clip
            context.keep()
            raise
        # The clip is paid for: its figures are kept even if it cannot be downloaded.
        journal.measured = smoke.measured(job)
        context.keep()
        smoke.save(client, job, smoke.clip_path(context.ground.root, journal.id))
    hold_to_cap(context)


def hold_to_cap(context: ReleaseContext) -> None:
    """Compares the clip's cost with the environment's cap. Above the cap, only a user at the terminal can keep the
    release; the log then records it. Raises InfraError."""
    journal, target = context.journal, context.ground.target
    if (over := smoke.above_cap(target, journal.predicted, journal.measured)) is None:
        return
    if not console.agreed(localized(ko=f"{over}. 이 배포를 그대로 둘까요?", en=f"{over}. Keep this release?")):
        raise InfraError(over, smoke.over_cap_fix())
    journal.left.append(logged(PRICE_CHECK, over))
    context.keep()


def all_steps() -> tuple[Step, ...]:
    """All steps in order. The reflection is not among them: it is written after a failure too."""

    def shown(command: Callable[[ReleaseContext], list[str]]) -> Callable[[ReleaseContext], list[str]]:
        return lambda context: [plain(command(context))]

    return (
        Step("preflight", title_of("preflight"),
             lambda _context: ["python run.py preflight --fix"], check_and_mend),
        Step("remember", title_of("remember"),
             lambda context: [plain(command(context.ground.target))
                              for command in (pages_list, sweeper_list, modal_history)],
             remember_live),
        Step("publish", title_of("publish"),
             lambda context: [pushing(context, context.ground.target.branch)], publish),
        Step("migrations", title_of("migrations"), shown(migrate_command), migrate),
        Step("modal", title_of("modal"), shown(modal_command), deploy_gpu),
        Step("push", title_of("push"),
             lambda context: [pushing(context, context.ground.target.live_branch)], push),
        Step("sweeper", title_of("sweeper"), shown(sweeper_command), deploy_sweeper),
        Step("agree", title_of("agree"),
             lambda context: [f"GET {url}" for url in addresses(context)], agree),
        Step("smoke", title_of("smoke"),
             lambda context: [f"POST {context.ground.target.site_url or '<site_url>'}/api/jobs"], smoke_clip),
    )  # fmt: skip


def parts_of(journal: Journal) -> tuple[str, ...]:
    """Parts that this release, or an abandoned one before it, may have replaced. A step that has begun counts, because
    it may have succeeded."""
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
