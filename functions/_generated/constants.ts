// Generated from gpu/ by `python run.py render`; edit the source, not this file.

export const CONTRACT = "a80a67fefe52" as const;
export const APP_VERSION = "0.1.0" as const;
export const LATEST_MIGRATION = "0009_cards.sql" as const;
export const STAGES = ["starting", "encode_prompt", "encode_image", "stage_1", "upsample", "stage_2", "decode", "check", "upload"] as const;
export const DEFAULT_PRESET = "aggressive_quality" as const;
export const DEFAULT_TIER = "704p" as const;
export const ONE_STAGE_PRESETS = ["draft"] as const;
export const MAX_PROMPT_CHARACTERS = 2000 as const;
export const MAX_SEED = 4294967295 as const;
export const MAX_JSON_BYTES = 65536 as const;
export const MAX_UPLOAD_BYTES = 20971520 as const;
export const MAX_LIST = 100 as const;
export const MAX_CLIPS_OFFERED = 400 as const;
export const MAX_CONTAINERS = 4 as const;
export const COLD_START_SECONDS = 35.0 as const;
export const CLOSING_SECONDS = 10 as const;
export const LOST_EVERY = 200 as const;
export const MOMENTS_OF_LOSS = 5 as const;
export const RETENTION_DAYS = 30 as const;
export const STARTUP_LIMIT_SECONDS = 900 as const;
export const UNUSED_PICTURE_HOURS = 6 as const;
export const REFUSAL_REASONS = ["damaged", "too_small", "too_large", "too_many_scans", "too_slow"] as const;
