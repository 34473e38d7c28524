/** The bindings and variables of every Function and of the sweeper. It knows no values. */

export interface Env {
  /** The binding of the database. */
  DB: D1Database;
  /** The binding of the bucket that holds pictures and clips. */
  MEDIA: R2Bucket;
  /** The address of the GPU service. */
  GPU_URL: string;
  /** The key of the pair that the GPU service asks for. */
  GPU_KEY: string;
  /** The secret of that pair. */
  GPU_SECRET: string;
  /** A key ring (key-ring.ts) of Standard Webhooks secrets, `whsec_…`. */
  EVENT_SECRET: string;
  /** A key ring. */
  COOKIE_SECRET: string;
  /** Who may use the site (identity.ts): `ACCESS`, `PUBLIC` or `LOCAL`. Without one the site answers nobody. */
  ACCESS_MODE?: string;
  /** Cloudflare Access: the team's domain. */
  ACCESS_TEAM_DOMAIN?: string;
  /** Cloudflare Access: the audience tags of the applications that cover this site. */
  ACCESS_AUD?: string;
  /** E-mail addresses of operators, separated by commas. Everybody else whom Access lets in is a member. */
  OPERATORS?: string;
  /** Where Access's keys are, if not at the team's own address. */
  ACCESS_CERTS_URL?: string;
  /** Turnstile's key for the page of a public site. */
  TURNSTILE_SITE_KEY?: string;
  /** The secret of that key. */
  TURNSTILE_SECRET?: string;
  /** Who judges Turnstile's tokens, if not Cloudflare. */
  TURNSTILE_VERIFY_URL?: string;
  /** Seconds without a report from the worker after which the sweep checks a job. */
  LEASE_SECONDS: string;
  /** Minimum age of a picture before deletion: an upload writes its row after the picture. Default: an hour. */
  PICTURE_GRACE_SECONDS?: string;
  /** The commit, where the deployment sets it; Pages sets CF_PAGES_COMMIT_SHA by itself. */
  BUILD?: string;
  /** The commit that Pages has built. */
  CF_PAGES_COMMIT_SHA?: string;
  /** Where alarms are posted as JSON, in the form of chat services; without it they are log lines alone. */
  ALERT_WEBHOOK?: string;
}

/** Set by the middleware for the handlers. */
export interface RequestData extends Record<string, unknown> {
  /** Empty for a caller whom the site does not know: only on the few routes that are open to everybody. */
  owner: string;
  role: "operator" | "member";
  via: "access" | "session" | "local" | "token" | "nobody";
  /** Only of a person who signed in. */
  email: string | null;
  request_id: string;
  language: Language;
  /** The API token that asks, if one does. */
  token_id?: string;
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

/** The lease, in seconds, of a caller that checks or dispatches a job: during it no other caller does. */
export function claimSeconds(env: Env): number {
  return Math.min(15, leaseSeconds(env));
}

/** Who submits a job, and by which request. */
export function senderOf({ owner, request_id, token_id }: RequestData) {
  return { owner, request_id, token_id };
}
