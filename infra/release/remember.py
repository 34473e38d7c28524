"""The step that records what is live before a release, so that a rollback can restore it. It changes nothing."""

from infra.language import localized
from infra.platforms import live
from infra.platforms.accounts import last_words
from infra.platforms.programs import attempt, plain
from infra.process.shell import InfraError
from infra.release import known_states
from infra.release.deployed_versions import (
    NOTHING_YET,
    deployed_commit,
    modal_history,
    newest,
    pages_list,
    serving,
    sweeper_list,
)
from infra.release.release_context import WRANGLER_SECONDS, ReleaseContext


def remember_live(context: ReleaseContext) -> None:
    """Records the live versions for a rollback; before a first release there are none. Raises InfraError if a service
    answers but its deployment cannot be identified, as it could not be restored later, and if what is live is not what
    the last release left."""
    journal = context.journal
    if journal.before:
        context.tell(
            localized(
                ko="되돌리면 그만둔 배포 전의 버전으로 돌아가요",
                en="a rollback restores the versions from before the abandoned release",
            )
        )
        return
    before = {f"{answer.service}_build": answer.build for answer in live.ask(context.ground.target)}
    reported = {name.removesuffix("_build"): build for name, build in before.items()}
    for name, answering, command, key in (
        ("pages", "site_build", pages_list(context.ground.target), "Id"),
        ("sweeper", "sweeper_build", sweeper_list(context.ground.target), "version_id"),
        ("modal", "gpu_build", modal_history(context.ground.target), "Version"),
    ):
        finished = attempt(command, cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)
        if finished.exit_code != 0 and not before[answering] and not NOTHING_YET.search(finished.output):
            raise InfraError(
                localized(
                    ko=f"{name}: 답이 없고, 배포 목록도 받을 수 없어요. {last_words(finished.output)}",
                    en=f"{name} does not answer, and its deployments cannot be listed: {last_words(finished.output)}",
                ),
                localized(
                    ko=f"돌아갈 배포가 있을 수 있어요. 이 명령을 돌려 출력을 읽어 보세요: {plain(command)}",
                    en=f"there may be one to go back to; run this and read its output: {plain(command)}",
                ),
            )
        before[name] = newest(finished.output, key) if finished.exit_code == 0 else ""
        if name == "pages" and before[name]:
            before[name] = serving(finished.output, before[answering]) or before[name]
        if before[answering] and not before[name]:
            raise InfraError(
                localized(
                    ko=f"{name}: 올라가 있는 배포를 알아낼 수 없어요. {last_words(finished.output)}",
                    en=f"the live deployment of {name} cannot be identified: {last_words(finished.output)}",
                ),
                localized(
                    ko=f"되돌릴 때 필요해요. 이 명령을 돌려 출력을 읽어 보세요: {plain(command)}",
                    en=f"a rollback needs it; run this and read its output: {plain(command)}",
                ),
            )
        for service in (each for each, part in known_states.PART_OF.items() if part == name):
            reported[service] = reported[service] or deployed_commit(finished.output, before[name])
        context.tell(f"{name}: {before[name] or localized(ko='아직 없음', en='nothing yet')}")
    journal.before.update(way_back(context, reported) or before)


def way_back(context: ReleaseContext, reported: dict[str, str]) -> dict[str, str]:
    """The versions from before a release that failed and whose journal is lost; empty where what is live is what the
    last release left. Raises InfraError where it is neither."""
    journal, ground = context.journal, context.ground
    if journal.from_live:
        journal.left.append(
            localized(
                ko="누가 올렸든 지금 올라가 있던 것이 돌아갈 곳이에요 (--from-live)",
                en="what was live is the way back, whoever made it (--from-live)",
            )
        )
        return {}
    last = known_states.last_in_log(ground)
    known = known_states.of_release(last) if last else known_states.agreeing(reported.items())
    for line in known_states.refuse_strange(ground, known, reported):
        context.tell(line)
    if last is None or last.outcome != "failed":
        return {}
    context.tell(
        localized(
            ko=f"되돌리면 실패한 {last.id} 전의 버전으로 돌아가요",
            en=f"a rollback restores the versions from before {last.id}, which failed",
        )
    )
    journal.replaced, journal.abandoned = sorted(set(known_states.PART_OF.values())), [last.commit]
    return known_states.before_of(last)
