"""Faults of files: their names, their encodings, their line ends, and what cannot be parsed.

Signs that this very file must not hold are written as escapes.
"""

from infra.preflight.self_test.copies import Copy
from infra.preflight.self_test.fault import Fault, changed, indexed, wrote

KOREAN = "# \ubc30\ud3ec\n"
DOC = '"""Planted."""\n\n'
MARKERS = "<" * 7 + " ours\nx = 1\n" + "=" * 7 + "\nx = 2\n" + ">" * 7 + " theirs\n"


def crlf_committed(copy: Copy) -> None:
    copy.index("docs/planted.sh", "#!/bin/sh\r\nexit 0\r\n")


def crlf_here(copy: Copy) -> None:
    copy.write(".ci/run", copy.read(".ci/run").replace("\n", "\r\n"))


def messages_in_cp949(copy: Copy) -> None:
    text = copy.read("frontend/messages.json")
    copy.write_bytes("frontend/messages.json", text.encode("cp949", errors="replace"))


def targets_in_utf16(copy: Copy) -> None:
    copy.write("infra/targets.toml", copy.read("infra/targets.toml"), "utf-16")


def grown(copy: Copy) -> None:
    path = copy.root / "docs" / "film.bin"
    with path.open("wb") as file:
        file.truncate(80 * 1024 * 1024)
    copy.index("docs/film.bin")


def case_twins(copy: Copy) -> None:
    copy.index("docs/Plan.md")
    copy.index("docs/plan.md")


def smart_quote(copy: Copy) -> None:
    copy.append("infra/windows/clipwright.ps1", "Write-Host \u201cx\u201d\n")


FAULTS = (
    Fault("a byte order mark in a .py", "text-encoding", "infra/bom.py", wrote("infra/bom.py", DOC, "utf-8-sig")),
    Fault("a .py in code page 949", "text-encoding", "infra/kr.py", wrote("infra/kr.py", DOC + KOREAN, "cp949")),
    Fault("messages.json in code page 949", "text-encoding", "frontend/messages.json", messages_in_cp949),
    Fault("a .toml in UTF-16", "text-encoding", "docs/a.toml", wrote("docs/a.toml", "a = 1\n", "utf-16")),
    Fault("targets.toml in UTF-16", "text-encoding", "infra/targets.toml", targets_in_utf16, apart=True),
    Fault("CR LF in .ci/run, not committed", "line-ends", ".ci/run", crlf_here, late=True),
    Fault("CR LF committed past .gitattributes", "line-ends", "docs/planted.sh", crlf_committed, late=True),
    Fault("CR LF in a new shell script", "line-ends", "tools/up.sh", wrote("tools/up.sh", "echo x\r\n"), late=True),
    Fault("an emoji printed in infra", "printed-signs", "infra/party.py",
          wrote("infra/party.py", DOC + "print('\U0001f389')\n")),
    Fault("an emoji printed by a verb", "printed-signs", "infra/release/deploy.py",
          lambda copy: copy.append("infra/release/deploy.py", "\n\ndef cheer() -> None:\n    print('\U0001f389')\n")),
    Fault("a check mark written to stderr", "printed-signs", "infra/mark.py",
          wrote("infra/mark.py", DOC + "import sys\n\nsys.stderr.write(f'\u2713 {sys.argv}')\n")),
    *(
        Fault(f"a text without an encoding: {call}", "open-encoding", f"infra/text{number}.py",
              wrote(f"infra/text{number}.py", f"{DOC}{imports}\n\nx = {call}\n"))
        for number, (imports, call) in enumerate((
            ("", 'open("x.txt")'),
            ("from pathlib import Path", 'Path("x.txt").open()'),
            ("import io", 'io.open("x.txt")'),
            ("import codecs", 'codecs.open("x.txt")'),
            ("import csv", 'csv.reader(open("x.csv", newline=""))'),
            ("import tempfile", 'tempfile.NamedTemporaryFile("w")'),
            ("import gzip", 'gzip.open("x.gz", "rt")'),
            ("import os", 'os.fdopen(1, "w")'),
            ("from subprocess import run", 'run(["x"], text=True)'),
            ("from logging import FileHandler as Log", 'Log("x.log")'),
        ))
    ),
    Fault("a curly quote in the launcher", "text-encoding", "infra/windows/clipwright.ps1", smart_quote),
    Fault("a .ps1 with Hangul and no mark", "text-encoding", "tools/\uc62c.ps1", wrote("tools/\uc62c.ps1", KOREAN)),
    Fault("a .bat with Hangul", "text-encoding", "tools/up.bat", wrote("tools/up.bat", "rem " + KOREAN)),
    Fault("a line that turns its reading order", "hidden-signs", "infra/order.py",
          wrote("infra/order.py", DOC + "x = '\u202e'\n")),
    *(
        Fault(words, "file-names", name, indexed(name), late=True)
        for words, name in (
            ("a device's name", "docs/aux.md"),
            ("a colon in a name", "docs/a:b.md"),
            ("a space at the end of a name", "docs/x .md "),
            ("a name in separate jamo (NFD)", "docs/\u1107\u1162.md"),
            ("a name with a sign that nobody sees", "docs/a\u200bb.md"),
            ("a path over 260 characters", "docs/" + "long/" * 52 + "x.md"),
            ("a file of node_modules", "node_modules/x/index.js"),
            ("a file of .venv", ".venv/x.py"),
            (".env, by force", ".env"),
            (".env.production, by force", ".env.production"),
            (".dev.vars, by force", ".dev.vars"),
            ("a private key's file", "docs/clipwright.pem"),
        )
    ),
    Fault("two names that differ in case", "file-names", "docs/Plan.md", case_twins, late=True),
    Fault("a symbolic link", "file-names", "docs/link.md", indexed("docs/link.md", "120000"), late=True),
    Fault("a file of 80 MB", "file-names", "docs/film.bin", grown, late=True),
    Fault("conflict markers in a .py", "file-syntax", "gpu/serve/events.py:1",
          lambda copy: copy.write("gpu/serve/events.py", MARKERS + copy.read("gpu/serve/events.py"))),
    Fault("conflict markers where preflight needs it", "file-syntax", "gpu/core/memory.py:1",
          lambda copy: copy.write("gpu/core/memory.py", MARKERS + copy.read("gpu/core/memory.py")), apart=True),
    Fault("a syntax error in a .py", "file-syntax", "gpu/serve/eta.py:1",
          lambda copy: copy.write("gpu/serve/eta.py", "def x(:\n" + copy.read("gpu/serve/eta.py"))),
    Fault("a syntax error where preflight needs it", "file-syntax", "gpu/core/pricing.py:1",
          lambda copy: copy.write("gpu/core/pricing.py", "def x(:\n" + copy.read("gpu/core/pricing.py")), apart=True),
    Fault("a broken package.json", "file-syntax", "package.json:1", wrote("package.json", "{,\n"), apart=True),
    Fault("a broken wrangler.toml", "file-syntax", "wrangler.toml:1", wrote("wrangler.toml", "name =\n"), apart=True),
    Fault("text that a console lacks stops a command", "console-cp949", "",
          changed("infra/console.py", "errors=PLAIN_SIGNS", 'errors="strict"'), apart=True),
)  # fmt: skip
