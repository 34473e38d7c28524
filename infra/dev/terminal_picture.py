"""Takes the guides' pictures of a Korean terminal, for `python run.py shots --guides`.

It runs each verb as under code page 949, and draws what came through the pipe, each sign in the columns that a terminal
gives it. A lost letter would be seen as a question mark. It does not know what the verb says.
"""

import html
import subprocess
import sys

from playwright.sync_api import sync_playwright

from infra import console
from infra.dev.browser import ensure_chromium
from infra.process.shell import environment
from infra.settings import ROOT

SHOWN = ("text-encoding", "open-encoding", "printed-signs", "console-cp949", "cost-cap", "price-age", "caps")
PICTURES = {
    "terminal.ko.png": ["preflight", "--offline", *(word for check in SHOWN for word in ("--only", check))],
    "setup-account.ko.png": ["setup-account", "--plan"],
}
"""File in docs -> the verb that it shows."""
MOST_ROWS = 30
COLUMNS = 100
LIMIT_SECONDS = 300.0
PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #0c0c0c; color: #dadada; padding: 16px 20px; width: max-content;
  font: 15px/1.45 "Noto Sans Mono CJK KR", "D2Coding", "Noto Sans CJK KR", monospace }
i { display: inline-block; width: 1ch; font-style: normal; text-align: center } i.w { width: 2ch }
body { font-feature-settings: "hwid" } div { height: 1.45em; white-space: pre }
</style><body>"""


def output(verb: list[str]) -> list[str]:
    """The first lines of the verb, folded at COLUMNS. Raises UnicodeDecodeError for output in another encoding."""
    child = environment({"PYTHONIOENCODING": "cp949"})
    command = [sys.executable, "-X", "utf8", "-m", "infra", *verb, "--lang", "ko"]
    finished = subprocess.run(command, cwd=ROOT, env=child, capture_output=True, timeout=LIMIT_SECONDS, check=False)
    typed = f"PS D:\\영상> python run.py {' '.join(verb)} --lang ko"
    rows = [row for line in (typed, *finished.stdout.decode("cp949").splitlines()) for row in folded(line)]
    return rows[:MOST_ROWS]


def folded(line: str) -> list[str]:
    rows, used = [""], 0
    for sign in line:
        used += console.columns(sign)
        if used > COLUMNS:
            rows.append("")
            used = console.columns(sign)
        rows[-1] += sign
    return rows


def drawn(lines: list[str]) -> str:
    cells = [
        "".join(f"<i{' class=w' if console.columns(sign) == 2 else ''}>{html.escape(sign)}</i>" for sign in line)
        for line in lines
    ]
    return PAGE + "".join(f"<div>{row}</div>" for row in cells)


def main() -> int:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=ensure_chromium(), chromium_sandbox=False, args=["--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 400, "height": 200})
        for name, verb in PICTURES.items():
            page.set_content(drawn(output(verb)))
            page.locator("body").screenshot(path=ROOT / "docs" / name)
        browser.close()
    return 0
