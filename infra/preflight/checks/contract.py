"""The contract: compares generated files with their source, and called routes with the files that serve them.

Calls are found as text in TypeScript, so an address that is composed in another way is not found.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gpu.core.pricing import NoCardError
from infra.language import localized
from infra.platforms.files import text_of
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError

ADDRESS = re.compile(r"""["'`](/api/[^"'`\s?#]*)""")
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
CALLERS = ("frontend/src", "functions/_lib", "functions/api")
GPU_CALL = re.compile(r"""ask\(env, "(GET|POST|DELETE)", ["'`]([^"'`]+)["'`]""")
GPU_ROUTE = re.compile(r"""@app\.(get|post|delete)\("([^"]+)"\)""")


def no_card_fix() -> str:
    """The remedy where a clip fits on no card."""
    return localized(
        ko="GPU에 들어가는 크기를 고르게 하거나(gpu/core/presets.py) 더 작은 모델을 써 "
        "주세요(gpu/core/checkpoints.py). "
        "무엇이 들어가는지는 python run.py vram이 보여 줘요",
        en="offer sizes that fit on a card (gpu/core/presets.py), or use smaller models (gpu/core/checkpoints.py); "
        "python run.py vram lists what fits",
    )


@dataclass(frozen=True, slots=True)
class Stale:
    """`difference` is a unified diff, empty when the files are up to date."""

    difference: str


@dataclass(frozen=True, slots=True)
class Call:
    """`method` is empty for calls to the site, whose files serve several methods."""

    where: str
    address: str
    method: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    """`served` are addresses with `*` for one variable segment, with a method in front for the GPU service."""

    calls: tuple[Call, ...]
    served: frozenset[str]


def probe_generated(_ground: Ground) -> Stale:
    from infra.build.render import stale

    try:
        return Stale(stale())
    except NoCardError as error:
        raise InfraError(
            localized(ko=f"가격표를 만들 수 없어요: {error}", en=f"the price table cannot be rendered: {error}"),
            no_card_fix(),
        ) from error


def evaluate_generated(stale: Stale) -> list[Finding]:
    names = re.findall(r"^--- (\S+)", stale.difference, re.MULTILINE)
    return [
        Finding(
            "error",
            localized(ko="이 생성 파일이 원본과 달라요", en="this generated file differs from its source"),
            localized(ko="생성 파일을 다시 만들어 주세요", en="render the generated files"),
            ("python run.py render",),
            where=name,
            mendable=True,
        )
        for name in names
    ]


def mend_generated(ground: Ground, _findings: Sequence[Finding]) -> list[str]:
    from infra.build.render import write

    # Raises NoCardError only if the probe did, and then there was no finding to correct.
    return [path.relative_to(ground.root).as_posix() for path in write()]


def probe_routes(ground: Ground) -> Routes:
    calls = [call for folder in CALLERS for call in site_calls(ground.root, folder)]
    served = {"/api" + route for route in function_routes(ground.root / "functions" / "api")}
    gpu_client = "functions/_lib/gpu.ts"
    text = text_of(ground.root, gpu_client)
    calls += [Call(gpu_client, pattern_of(path), method) for method, path in GPU_CALL.findall(text)]
    service = text_of(ground.root, "gpu/serve/api.py")
    served |= {f"{method.upper()} {re.sub(r'{[^}]*}', '*', path)}" for method, path in GPU_ROUTE.findall(service)}
    return Routes(tuple(calls), frozenset(served))


def site_calls(root: Path, folder: str) -> list[Call]:
    found: list[Call] = []
    for path in sorted((root / folder).rglob("*.ts")):
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(text_of(root, name).splitlines(), start=1):
            if line.lstrip().startswith(("*", "//", "/*")):
                continue
            where = f"{name}:{number}"
            found += [Call(where, pattern_of(address)) for address in ADDRESS.findall(line)]
    return found


def pattern_of(address: str) -> str:
    return PLACEHOLDER.sub("*", address).rstrip("/")


def function_routes(folder: Path) -> set[str]:
    """Addresses below /api that have their own file; the catch-all, which answers 404, is not included."""
    routes: set[str] = set()
    for path in folder.rglob("*.ts"):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        if parts[-1].startswith(("_", "[[")):
            continue
        if parts[-1] == "index":
            parts.pop()
        routes.add("".join("/" + ("*" if part.startswith("[") else part) for part in parts))
    return routes


def evaluate_routes(routes: Routes) -> list[Finding]:
    findings: list[Finding] = []
    for call in routes.calls:
        wanted = f"{call.method} {call.address}".strip()
        if not any(covers(served, wanted) for served in routes.served):
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"{wanted} 주소를 부르는데 그 주소를 맡은 파일이 없어요",
                        en=f"calls {wanted}, but no file serves it",
                    ),
                    localized(
                        ko="그 주소를 만들거나, 있는 주소를 불러 주세요", en="add the route, or call an existing one"
                    ),
                    where=call.where,
                )
            )
    return findings


def covers(served: str, called: str) -> bool:
    """A variable segment serves any one segment. A variable in a call may stand for a fixed word as well."""
    left, right = served.split("/"), called.split("/")
    return len(left) == len(right) and all(
        part == word or part == "*" or ("*" in word and word != "*" and part == word.replace("*", ""))
        for part, word in zip(left, right, strict=True)
    )


GENERATED_CHECKS = (
    Check(
        "generated-files",
        "Contract",
        "generated files match gpu/",
        "만들어 낸 파일이 gpu/와 같은지",
        probe_generated,
        evaluate_generated,
        mend=mend_generated,
    ),
)
ROUTE_CHECKS = (
    Check(
        "routes",
        "Contract",
        "every route that is called exists",
        "부르는 주소가 모두 있는지",
        probe_routes,
        evaluate_routes,
        of_the_tree=True,
    ),
)
