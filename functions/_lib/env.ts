/** What the platform hands to every Function and to the sweeper. It knows no values. */

export interface Env {
  DB: D1Database;
  MEDIA: R2Bucket;
  GPU_URL: string;
  GPU_KEY: string;
  GPU_SECRET: string;
  /** Standard Webhooks secret, `whsec_…`. */
  EVENT_SECRET: string;
  COOKIE_SECRET: string;
  /** How long a job may go unheard before the sweep looks into it. */
  LEASE_SECONDS: string;
  /** How old a picture must be before it is deleted: an upload writes it first and its row after. Absent: an hour. */
  PICTURE_GRACE_SECONDS?: string;
  /** The commit, where the deployment says it; Pages says it by itself. */
  BUILD?: string;
  CF_PAGES_COMMIT_SHA?: string;
}

/** What the middleware works out for the handlers. */
export interface RequestData extends Record<string, unknown> {
  owner: string;
  request_id: string;
  language: Language;
}

export type Language = "ko" | "en";
export type Handler<Parameters extends string = never> = PagesFunction<Env, Parameters, RequestData>;

/** Runs work after the answer has left. */
export type Defer = (work: Promise<unknown>) => void;

export function buildOf(env: Env): string {
  return env.BUILD || env.CF_PAGES_COMMIT_SHA?.slice(0, 12) || "dev";
}

export function leaseSeconds(env: Env): number {
  const seconds = Number(env.LEASE_SECONDS);
  return Number.isFinite(seconds) && seconds >= 1 ? seconds : 60;
}

export function pictureGraceSeconds(env: Env): number {
  const seconds = Number(env.PICTURE_GRACE_SECONDS ?? "3600");
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : 3_600;
}

/** How long whoever looks into a job, or dispatches it, has it alone. */
export function claimSeconds(env: Env): number {
  return Math.min(15, leaseSeconds(env));
}
