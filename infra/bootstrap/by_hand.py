"""The steps that the operator must do personally, because no program can.

It queries no account and creates nothing.
"""

from infra.platforms.cloudflare_account import RELEASE_RIGHTS, RIGHTS
from infra.platforms.targets import Target, is_tiny


def by_hand(target: Target) -> list[tuple[str, str]]:
    """Name and text of each step that needs the operator's consent, shows a secret to the operator only, or takes
    hours."""
    rights = ", ".join(sorted(set(RIGHTS.values())))
    token = f"create an API token with: {rights}. Keep it secret: it can spend money"
    access = "create a service token for releases in it, set CLIPWRIGHT_ACCESS_ID and CLIPWRIGHT_ACCESS_SECRET to it"
    github = (
        "set the variable CLIPWRIGHT_RELEASES_FROM to github, and the secrets that .github/workflows/deploy.yml uses, "
        f"with a Cloudflare token of its own that has only: {', '.join(RELEASE_RIGHTS)}"
    )
    steps = [
        ("Cloudflare", f"create an account, enable R2, choose a workers.dev subdomain, {token}"),
        ("Modal", "create an account, then log in: python run.py modal token new. This token can spend money too"),
        ("GitHub", "give Cloudflare Pages access to the repository, once, in Cloudflare's dashboard"),
        (
            "proxy keys",
            "create the pair and keep it: python run.py modal workspace proxy-tokens create --name clipwright",
        ),
        ("Access", f"enable Zero Trust, {access}"),
        ("releases from GitHub", f"optional: {github}"),
    ]
    if not is_tiny(target.checkpoint):
        run = f"python run.py modal run --env {target.modal_environment}"
        steps += [
            ("Gemma", "accept its licence on Hugging Face, with the account of the read token HF_TOKEN"),
            (
                "pins",
                f"run {run} -m gpu.serve.modal.app::pin_weights, then commit the printed rows in gpu/serve/weights.py",
            ),
            ("weights", f"download them, which takes hours: {run} --detach -m gpu.serve.modal.app::fetch_weights"),
        ]
    return steps
