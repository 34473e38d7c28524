"""How long things are kept: the bucket's rules never come before the site's own deletion."""

from gpu.core.retention import BUCKET_RULE_CLIPS_DAYS, BUCKET_RULE_PICTURES_DAYS, FAVORITE_DAYS, RETENTION_DAYS


def test_the_bucket_deletes_after_the_site_does() -> None:
    assert RETENTION_DAYS < FAVORITE_DAYS < BUCKET_RULE_CLIPS_DAYS
    assert BUCKET_RULE_PICTURES_DAYS > FAVORITE_DAYS + 1  # a picture stays a day longer than its job
