"""What a person has to do for an account: what no program can do at all, and what a refusal asks for.

Cloudflare's refusals all look alike. Here each becomes what is missing, and where in the dashboard it is switched on;
a connection that fails is no refusal. It asks nobody and makes nothing.
"""

from cloudflare import APIConnectionError, APIStatusError, CloudflareError

from infra.platforms.targets import Target, is_tiny
from infra.process.shell import InfraError

RIGHTS = {
    "bucket": "Workers R2 Storage: Edit",
    "bucket-cors": "Workers R2 Storage: Edit",
    "bucket-lifecycle": "Workers R2 Storage: Edit",
    "database": "D1: Edit",
    "database-id": "D1: Edit",
    "pages-project": "Cloudflare Pages: Edit",
    "access": "Access: Apps and Policies: Edit",
    "access-events": "Access: Apps and Policies: Edit",
    "r2-token": "Account API Tokens: Edit",
    "sweeper-url": "Workers Scripts: Edit",
}
"""What the token must be allowed to do for each thing, as the dashboard names it."""

SWITCHES = (
    (
        ("10042", "enable R2"),
        "R2 is not switched on in this account",
        "in Cloudflare's dashboard, Storage & databases > R2 > Overview, choose its plan (it asks for a card)",
    ),
    (
        ("access.api.error.not_enabled",),
        "Zero Trust is not switched on in this account; only previews need it",
        "in Cloudflare's dashboard, Zero Trust, choose a team name and the free plan (it asks for a card)",
    ),
    (
        ("workers.dev subdomain",),
        "this account has no workers.dev subdomain yet",
        "in Cloudflare's dashboard, Workers & Pages > Overview, choose a subdomain",
    ),
)
"""Words of a refusal, what they mean, and where a person switches it on."""
AGAIN = "then run bootstrap again"


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
        ("GitHub's secrets", "only for releases from there: the names are in .github/workflows/deploy.yml"),
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


def explained(error: CloudflareError, thing: str) -> InfraError:
    """A refusal while `thing` was asked for or made, as what a person can do about it."""
    if isinstance(error, APIConnectionError):
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return InfraError(
            f"Cloudflare cannot be reached: {error}{cause}", f"look at the network, a proxy or a firewall, {AGAIN}"
        )
    for words, meaning, where in SWITCHES:
        if any(word in str(error) for word in words):
            return InfraError(meaning, f"{where}, {AGAIN}")
    status = error.status_code if isinstance(error, APIStatusError) else 0
    if status in (401, 403):
        right = f" must be allowed to: {RIGHTS[thing]};" if thing in RIGHTS else ""
        return InfraError(
            f"Cloudflare refuses: {error}",
            f"CLOUDFLARE_API_TOKEN{right} and CLOUDFLARE_ACCOUNT_ID must be its account. Mend it, {AGAIN}",
        )
    return InfraError(f"Cloudflare did not do it: {error}", f"its words say why; mend that, {AGAIN}")
