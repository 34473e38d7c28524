"""How long pictures and clips are kept, in days. The site deletes them first; the bucket's own rules come later.

This module knows neither the database nor the bucket.
"""

RETENTION_DAYS = 30
"""The site's promise for a clip, shown on the page. A picture goes with the last job made from it."""
UNUSED_PICTURE_HOURS = 6
"""For a picture that no job was made from. Long enough for an evening at the page."""
DELETED_HOURS = 24
"""A deleted clip can be restored for this long."""
FAVORITE_DAYS = 365
"""For a favourite, from the day it was made: a fixed end, so that the bucket's own rules stay behind it."""
MAX_FAVORITES = 500
"""Of one owner. Some 3 GB of clips at 1088p, 60 won of storage a month."""
BUCKET_RULE_PICTURES_DAYS = 800
BUCKET_RULE_CLIPS_DAYS = 400
"""The bucket's own rules, for objects that the site's sweep missed. Both count from the upload of the object; a picture
may be reused for months."""
BUCKET_RULE_NOTES_DAYS = 35
"""For the notes of containers and of their starts: longer than a month, whose bill they may explain."""
