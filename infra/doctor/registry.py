"""Every check, in the order in which they are shown. Adding one means adding its module's tuple here."""

from typing import Any

from infra.doctor import (
    account,
    cloudflare,
    codepage,
    contract,
    dependencies,
    encoding,
    legal,
    money,
    names,
    repository,
    secrets,
    signing,
    vram,
    windows,
)
from infra.findings import Check

CHECKS: tuple[Check[Any], ...] = (
    *vram.CHECKS,
    *encoding.CHECKS,
    *codepage.CHECKS,
    *windows.CHECKS,
    *dependencies.IMPORT_CHECKS,
    *dependencies.PIN_CHECKS,
    *dependencies.RESOLUTION_CHECKS,
    *contract.GENERATED_CHECKS,
    *contract.ROUTE_CHECKS,
    *cloudflare.VALIDATION_CHECKS,
    *cloudflare.BINDING_CHECKS,
    *cloudflare.MIGRATION_CHECKS,
    *cloudflare.APPLIED_CHECKS,
    *names.CHECKS,
    *account.ADDRESS_CHECKS,
    *account.NAME_CHECKS,
    *secrets.CHECKS,
    *repository.TREE_CHECKS,
    *repository.REMOTE_CHECKS,
    *money.CHECKS,
    *legal.CHECKS,
    *signing.CHECKS,
)
