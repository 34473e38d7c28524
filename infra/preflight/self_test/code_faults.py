"""Faults of code and what it is built from: dependencies, pins, generated files, routes, the edge's configuration."""

import re
from collections.abc import Callable

from infra.platforms import weight_files
from infra.preflight.self_test.copies import DATABASE, Copy
from infra.preflight.self_test.fault import Fault, changed, wrote

SWEEPER = "functions/_sweeper/wrangler.toml"
IMAGES = "gpu/core/container_images.py"
MEASURED = "gpu/core/measurements.py"
DOOR = "@modal.asgi_app(requires_proxy_auth=True)"


def imports(name: str, line: str) -> Fault:
    words = f"{' '.join(line.split())} in {name}, which no list of its image has"
    return Fault(words, "image-imports", name, lambda copy: copy.append(name, f"\n\n{line}\n"))


def lock_edited(copy: Copy) -> None:
    text = copy.read("infra/locks/service.txt")
    copy.write("infra/locks/service.txt", re.sub(r"^(anyio==[^\s;]+)", r"\g<1>.1", text, flags=re.MULTILINE))


def lock_without_hash(copy: Copy) -> None:
    copy.append("infra/locks/site.txt", "six==1.17.0\n")


def next_migration(copy: Copy) -> str:
    number = len(list((copy.root / "functions" / "migrations").glob("*.sql"))) + 1
    return f"functions/migrations/{number:04d}_planted.sql"


def migrated(sql: str, encoding: str = "utf-8") -> Callable[[Copy], None]:
    return lambda copy: copy.write(next_migration(copy), sql, encoding)


def other_database(copy: Copy) -> None:
    for name in ("wrangler.toml", SWEEPER):
        copy.change(name, 'database_id = "7', 'database_id = "8')


FAULTS = (
    imports("gpu/serve/storage.py", "import tomlkit"),
    imports("gpu/serve/modal/dispatcher.py", "def late() -> None:\n    import yaml"),
    imports("gpu/serve/api.py", "import scipy"),
    Fault("a pin raised and not locked", "pins", "pyproject.toml",
          changed("pyproject.toml", '"boto3==1.', '"boto3==9.')),
    Fault("a new dependency, neither pinned nor locked", "lock-entries", "pyproject.toml",
          changed("pyproject.toml", "base = [", 'base = [\n    "planted-package",')),
    Fault("a package raised and not locked", "pins", "package.json",
          lambda copy: copy.write("package.json", re.sub(r'("wrangler": ")\d', r"\g<1>9", copy.read("package.json")))),
    Fault("a version in a lock changed by hand", "lock-entries", "infra/locks/service.txt", lock_edited),
    Fault("an entry without hashes", "lock-entries", "infra/locks/site.txt", lock_without_hash),
    Fault("images with a Python that nobody tested", "python-version", IMAGES,
          lambda copy: copy.write(IMAGES, re.sub(r'^PYTHON = ".*"', 'PYTHON = "3.99"', copy.read(IMAGES),
                                                 flags=re.MULTILINE))),
    Fault("a function that imports what is not there", "edge-types", "functions/_lib/planted.ts",
          wrote("functions/_lib/planted.ts", 'export { nothing } from "./nowhere.ts";\n')),
    Fault("a page that calls what is not there", "edge-types", "frontend/src/planted.ts",
          wrote("frontend/src/planted.ts", "export const planted = nobody();\n")),
    Fault("a page that cannot be built", "page-build", "frontend/src/main.ts",
          lambda copy: copy.append("frontend/src/main.ts", 'import "./nowhere.ts";\n')),
    Fault("Functions that cannot be built", "functions-build", "functions/api/jobs/index.ts",
          lambda copy: copy.append("functions/api/jobs/index.ts", 'export * from "./nowhere.ts";\n')),
    Fault("a generated file edited by hand", "generated-files", "functions/_generated/problems.ts",
          lambda copy: copy.append("functions/_generated/problems.ts", "// by hand\n")),
    Fault("a generated file that is stale", "generated-files", "functions/_generated/constants.ts",
          changed("functions/_generated/constants.ts", "export const MAX_SEED", "export const MOST_SEED")),
    Fault("a call of a route that does not exist", "routes", "frontend/src/api.ts",
          changed("frontend/src/api.ts", '"/api/uploads"', '"/api/uploadz"')),
    Fault("a key that Pages refuses", "pages-config", "wrangler.toml",
          changed("wrangler.toml", "[vars]", '[triggers]\ncrons = ["* * * * *"]\n\n[vars]')),
    Fault("a secret in clear", "bindings", "wrangler.toml",
          changed("wrangler.toml", "[vars]", '[vars]\nGPU_KEY = "planted"')),
    Fault("another database for the sweeper", "bindings", SWEEPER,
          changed(SWEEPER, 'database_id = "7', 'database_id = "8')),
    Fault("somebody else's database for both", "same-database", "wrangler.toml",
          other_database, changes=(SWEEPER,)),
    Fault("another bucket", "target-names", "wrangler.toml",
          changed("wrangler.toml", '"clipwright-media"', '"clipwright-medja"'), changes=(SWEEPER,)),
    Fault("an address left empty", "addresses", "infra/targets.toml",
          lambda copy: copy.write("infra/targets.toml", re.sub(r'^site_url = ".*"', 'site_url = ""',
                                                               copy.read("infra/targets.toml"), flags=re.MULTILINE))),
    Fault("the placeholder for a database", "addresses", "wrangler.toml",
          lambda copy: copy.write("wrangler.toml", re.sub(r'database_id = ".*"', 'database_id = ""',
                                                          copy.read("wrangler.toml"))), changes=(SWEEPER,)),
    Fault("weights without pins", "weights-pinned", weight_files.FILE,
          lambda copy: copy.write(weight_files.FILE, re.sub(r'"19b": \(.*?\n    \),', '"19b": (),',
                                                            copy.read(weight_files.FILE), flags=re.DOTALL))),
    Fault("a licence that nobody accepted", "weights-pinned", weight_files.FILE,
          lambda copy: copy.write(weight_files.FILE, re.sub(r"(?<=ACCEPTED: tuple\[Accepted, \.\.\.\] = ).*", "()\n",
                                                            copy.read(weight_files.FILE), flags=re.DOTALL)),
          apart=True),
    Fault("a migration that drops a table", "d1-migrations", "functions/migrations/",
          migrated("DROP TABLE ledger;\n"), apart=True),
    Fault("a migration in code page 949", "text-encoding", "functions/migrations/",
          migrated("-- \ubc30\ud3ec\nCREATE TABLE planted (x TEXT);\n", "cp949"), apart=True),
    Fault("a migration edited after it was pushed", "migrations-published", "functions/migrations/0001_jobs.sql",
          lambda copy: copy.append("functions/migrations/0001_jobs.sql", "-- afterwards\n")),
    Fault("the notice of an AI removed", "ai-label", "frontend/",
          changed("frontend/messages.json", '"ai_made": {', '"ai_made_once": {'), changes=("frontend/messages.json",)),
    Fault("a site that says nothing of who may use it", "access-mode", "wrangler.toml",
          changed("wrangler.toml", 'ACCESS_MODE = "ACCESS"\n', "")),
    Fault("a real site in the mode of a local stack", "access-mode", "wrangler.toml",
          changed("wrangler.toml", 'ACCESS_MODE = "ACCESS"', 'ACCESS_MODE = "LOCAL"')),
    Fault("another mode than the row's", "access-mode", "wrangler.toml",
          changed("wrangler.toml", 'ACCESS_MODE = "ACCESS"', 'ACCESS_MODE = "PUBLIC"')),
    Fault("a site that cannot verify who signed in", "access-variables", "wrangler.toml",
          changed("wrangler.toml", 'ACCESS_AUD = "made-up"', 'ACCESS_AUD = ""')),
    Fault("previews without bindings of their own", "preview-bindings", "wrangler.toml",
          lambda copy: copy.write("wrangler.toml", re.split(r"^#[^\n]*\n\[env\.preview", copy.read("wrangler.toml"),
                                                            flags=re.MULTILINE)[0])),
    Fault("previews with production's bucket", "preview-bindings", "wrangler.toml",
          changed("wrangler.toml", '"clipwright-media-preview"', '"clipwright-media"')),
    Fault("previews with production's database", "preview-bindings", "wrangler.toml",
          lambda copy: copy.write("wrangler.toml", re.sub(r'database_id = "0+-0000.*"',
                                                          f'database_id = "{DATABASE}"', copy.read("wrangler.toml")))),
    Fault("an entry that asks for no keys", "gpu-entry", "gpu/serve/modal/app.py",
          changed("gpu/serve/modal/app.py", DOOR, DOOR[:-5] + "False)")),
    Fault("an entry that says nothing of keys", "gpu-entry", "gpu/serve/modal/app.py",
          changed("gpu/serve/modal/app.py", DOOR, "@modal.asgi_app()")),
    Fault("a secret that lost a key", "secret-names", "gpu/serve/modal/app.py",
          changed("gpu/serve/modal/app.py", '"R2_BUCKET", ', "")),
    Fault("figures of an older torch", "measured-torch", MEASURED,
          lambda copy: copy.write(MEASURED, re.sub(r'(?m)^(MEASURED_WITH_TORCH = ").*"', r'\g<1>2.4.0"',
                                                   copy.read(MEASURED)))),
)  # fmt: skip
