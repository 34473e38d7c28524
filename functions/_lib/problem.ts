/** A failure with a registered type, and its body on the wire. It knows both languages, not the reader's choice. */

import type { CheaperChoice, FieldError, Problem } from "../_generated/contract.d.ts";
import { PROBLEMS, type ProblemSlug } from "../_generated/problems.ts";
import type { Language } from "./env.ts";

export type Words = Record<Language, string>;

export interface FieldFault {
  /** JSON pointer into the body. */
  pointer: string;
  detail: Words;
}

export class ProblemError extends Error {
  readonly slug: ProblemSlug;
  readonly detail: Words | undefined;
  readonly errors: readonly FieldFault[];
  readonly headers: Record<string, string>;
  /** Further members of the body, beside those of every problem. */
  readonly members: Record<string, unknown>;
  readonly choices: readonly CheaperChoice[];

  constructor(
    slug: ProblemSlug,
    detail?: Words,
    more: {
      errors?: readonly FieldFault[];
      headers?: Record<string, string>;
      members?: Record<string, unknown>;
      choices?: readonly CheaperChoice[];
    } = {},
  ) {
    super(slug);
    this.name = "ProblemError";
    this.slug = slug;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
    this.members = more.members ?? {};
    this.choices = more.choices ?? [];
  }
}

export function isProblemSlug(text: string): text is ProblemSlug {
  return Object.hasOwn(PROBLEMS, text);
}

/** The slug of a problem type as the worker writes it (`/problems/<slug>`, or the slug alone), else `render-failed`. */
export function slugOf(type: string): ProblemSlug {
  const slug = type.replace(/^\/problems\//, "");
  return isProblemSlug(slug) ? slug : "render-failed";
}

/** The RFC 9457 body. Only a job that ends with a clip or a cancellation is charged, so no failure is. */
export function problemBody(
  slug: ProblemSlug,
  language: Language,
  more: {
    detail?: string | undefined;
    instance?: string | null;
    errors?: FieldError[];
    choices?: readonly CheaperChoice[];
    charged_micro_won?: number;
  } = {},
): Problem {
  const row = PROBLEMS[slug];
  const title = row[`title_${language}`];
  return {
    type: row.type,
    title,
    status: row.status,
    detail: more.detail || title,
    instance: more.instance ?? null,
    errors: more.errors ?? [],
    retryable: row.retryable,
    charged_micro_won: more.charged_micro_won ?? 0,
    fix: row[`fix_${language}`],
    choices: [...(more.choices ?? [])],
  };
}

export function problemResponse(problem: ProblemError, language: Language, requestId: string): Response {
  const body = problemBody(problem.slug, language, {
    detail: problem.detail?.[language],
    instance: requestId,
    errors: problem.errors.map((fault) => ({ pointer: fault.pointer, detail: fault.detail[language] })),
    choices: problem.choices,
  });
  return new Response(JSON.stringify({ ...problem.members, ...body }), {
    status: body.status,
    headers: {
      "content-type": "application/problem+json; charset=utf-8",
      "cache-control": "no-store",
      ...problem.headers,
    },
  });
}
