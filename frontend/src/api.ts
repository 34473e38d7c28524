/** Calls to the site's own API. Every failure becomes a `Failure` that carries words for people. Knows no page state. */

import type { Problem } from "../../functions/_generated/contract";
import { language, t } from "./state/language";

/** What went wrong with a call: the server's problem, or a stand-in when no problem could be read. */
export class Failure extends Error {
  constructor(
    readonly problem: Problem,
    /** True when no answer came at all, so the request may be sent again unchanged. */
    readonly unreachable = false,
  ) {
    super(problem.title);
  }
}

export interface Answer<T> {
  status: number;
  /** Null for 204 and 304. */
  body: T | null;
  etag: string | null;
}

/** Called with every failure that came from the server. */
const refusals = new Set<(failure: Failure) => void>();

export function onRefusal(told: (failure: Failure) => void): void {
  refusals.add(told);
}

interface Options {
  method?: string;
  body?: unknown;
  /** Bytes in place of a JSON body. */
  raw?: Blob;
  headers?: Readonly<Record<string, string>>;
}

/** Whether the first call of all was answered; undefined before it, and again when nothing came back. */
let first: Promise<boolean> | undefined;

/** Lets one call go ahead of all others: its answer brings the cookie that says who is asking. Calls without it would
 * each bring another, and a late one would take away what was made under the one before. */
async function introduced<T>(send: () => Promise<T>): Promise<T> {
  while (first !== undefined) if (await first) return send();
  const sending = send();
  first = sending.then(
    () => true,
    () => {
      first = undefined;
      return false;
    },
  );
  return sending;
}

/** One exchange, answered in JSON. Raises `Failure` for every status that is neither a success nor 304. */
export async function call<T>(path: string, options: Options = {}): Promise<Answer<T>> {
  const headers = new Headers({ accept: "application/json", "accept-language": language.value, ...options.headers });
  headers.set("x-request-id", crypto.randomUUID());
  const init: RequestInit = { method: options.method ?? "GET", headers, cache: "no-store" };
  if (options.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(options.body);
  }
  if (options.raw !== undefined) init.body = options.raw;
  try {
    const response = await introduced(() => fetch(path, init));
    const answer = { status: response.status, etag: response.headers.get("etag") };
    if (response.status === 204 || response.status === 304) return { ...answer, body: null };
    const text = await response.text();
    if (!response.ok) throw refusalFrom(response.status, text);
    return { ...answer, body: JSON.parse(text) as T };
  } catch (error) {
    // No answer, half of one, or that of somebody in between, who shows a page of their own.
    throw error instanceof Failure ? error : new Failure(unreachableProblem(), true);
  }
}

/** Sends a picture under its file's name, reporting the share sent from 0 to 1. The signal ends it. */
export function sendPicture<T>(
  file: Blob,
  name: string,
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return introduced(() => sent<T>(file, name, onShare, signal));
}

function sent<T>(
  file: Blob,
  name: string,
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted(); // while it waited
    // fetch() cannot report how much of a body has been sent.
    const request = new XMLHttpRequest();
    request.open("PUT", "/api/uploads");
    request.setRequestHeader("accept-language", language.value);
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.setRequestHeader("x-file-name", encodeURIComponent(name.toWellFormed()));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status < 200 || request.status >= 300) {
        reject(refusalFrom(request.status, request.responseText));
        return;
      }
      try {
        resolve(JSON.parse(request.responseText) as T);
      } catch {
        reject(new Failure(unreachableProblem(), true));
      }
    });
    request.addEventListener("error", () => reject(new Failure(unreachableProblem(), true)));
    request.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function refusalFrom(status: number, text: string): Failure {
  const failure = new Failure(problemFrom(status, text));
  for (const told of refusals) told(failure);
  return failure;
}

function problemFrom(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Partial<Problem>;
    if (typeof body.title === "string" && typeof body.type === "string") {
      return {
        type: body.type,
        title: body.title,
        status: body.status ?? status,
        detail: body.detail ?? "",
        instance: body.instance ?? null,
        errors: body.errors ?? [],
        retryable: body.retryable ?? false,
        charged_micro_won: body.charged_micro_won ?? 0,
        fix: body.fix ?? "",
        choices: body.choices ?? [],
      };
    }
  } catch {
    // Not JSON: something in front of the API answered.
  }
  return localProblem(t("failed_title"), t("failed_fix"), status);
}

export function unreachableProblem(): Problem {
  return localProblem(t("unreachable_title"), t("unreachable_fix"), 0);
}

/** A problem found in the browser, in the server's shape. */
export function localProblem(title: string, fix: string, status: number): Problem {
  return {
    type: "about:blank",
    title,
    status,
    detail: "",
    instance: null,
    errors: [],
    retryable: true,
    charged_micro_won: 0,
    fix,
    choices: [],
  };
}
