"""What a person has to do for an account: what no program can do at all, and what a refusal asks for.

Cloudflare's refusals all look alike. Here each becomes what is missing, and where in the dashboard it is switched on;
a connection that fails is no refusal. It asks nobody and makes nothing.
"""

from infra.platforms.cloudflare_account import RIGHTS
from infra.platforms.targets import Target, is_tiny


def by_hand(target: Target) -> list[tuple[str, str]]:
    """Name and words of each thing that needs a person's consent, shows a secret to a person alone, or costs hours."""
    rights = ", ".join(sorted(set(RIGHTS.values())))
    steps = [
        ("Cloudflare", f"an account with R2 and a workers.dev subdomain, and an API token that may: {rights}"),
        ("Modal", "an account; log in to it: python run.py modal token new"),
        ("GitHub", "let Cloudflare Pages see the repository, once, in its dashboard"),
        (
            "proxy keys",
            "make the pair and keep it: python run.py modal workspace proxy-tokens create --name clipwright",
        ),
        (
            "Access",
            "for previews: Zero Trust, and a service token there, shown as CLIPWRIGHT_ACCESS_ID and _SECRET",
        ),
        (
            "releases from GitHub",
            "if wanted: the variable CLIPWRIGHT_RELEASES_FROM = github, and what .github/workflows/deploy.yml names",
        ),
    ]
    if not is_tiny(target.checkpoint):
        run = f"python run.py modal run --env {target.modal_environment}"
        steps += [
            ("Gemma", "accept its licence on the hub, with the account whose read token is HF_TOKEN"),
            (
                "pins",
                f"{run} -m gpu.serve.modal.app::pin_weights, then commit its rows (gpu/serve/weights.py)",
            ),
            ("weights", f"fetch them, some hours: {run} --detach -m gpu.serve.modal.app::fetch_weights"),
        ]
    return steps
