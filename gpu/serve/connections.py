"""Opens the settings, the bucket and the site together, or raises the first reason why that is impossible.

Sends no request to either. Messages never hold a value that may be secret.
"""

from collections.abc import Mapping

from gpu.core.problems import SettingsIncomplete
from gpu.serve.events import Site
from gpu.serve.settings import Settings, SettingsError
from gpu.serve.storage import Storage


def connect(environment: Mapping[str, str]) -> tuple[Settings, Storage, Site]:
    """Raises SettingsIncomplete, which names the variables that are missing or malformed."""
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        raise SettingsIncomplete(f"In the GPU service, {error}.") from None
    try:
        storage = Storage(settings)
    except Exception as error:
        raise SettingsIncomplete(f"R2_ENDPOINT or one of its keys is malformed ({_kind(error)}).") from None
    try:
        return settings, storage, Site(settings)
    except Exception as error:
        raise SettingsIncomplete(f"CLIPWRIGHT_EVENT_SECRET is malformed ({_kind(error)}).") from None


def _kind(error: Exception) -> str:
    """The error's class alone: the messages of some errors hold the secret itself."""
    return type(error).__name__
