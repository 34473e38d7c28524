"""Settings and the two things that they lead to, bucket and site: all of it, or the one reason why not.

Asks neither of them anything. Words never hold a value that may be secret.
"""

from collections.abc import Mapping

from gpu.core.problems import SettingsIncomplete
from gpu.serve.events import Site
from gpu.serve.settings import Settings, SettingsError
from gpu.serve.storage import Storage


def connect(environment: Mapping[str, str]) -> tuple[Settings, Storage, Site]:
    """Raises SettingsIncomplete, naming what is missing, or what is not of its form."""
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        raise SettingsIncomplete(f"In the GPU service, {error}.") from None
    try:
        storage = Storage(settings)
    except Exception as error:
        raise SettingsIncomplete(f"R2_ENDPOINT and its keys are not of their form ({_kind(error)}).") from None
    try:
        return settings, storage, Site(settings)
    except Exception as error:
        raise SettingsIncomplete(f"CLIPWRIGHT_EVENT_SECRET is not of its form ({_kind(error)}).") from None


def _kind(error: Exception) -> str:
    """The words of some errors hold the secret itself."""
    return type(error).__name__
