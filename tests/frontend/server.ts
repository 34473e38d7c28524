/** The site's API in little: jobs with versions, each made once for a key. It renders nothing; a test moves the jobs. */

import type { ActiveJobs, Job, JobRequest } from "../../functions/_generated/contract";
import { CLIP, job, problem } from "./answers";
import type { Answer, Asked } from "./browser";

export class Server {
  readonly jobs = new Map<string, Job>();
  /** Ids of jobs that were deleted and can be brought back. */
  readonly deleted = new Map<string, Job>();
  readonly #versions = new Map<string, number>();
  readonly #keys = new Map<string, string>();

  /** A job as it stands from now on. */
  tell(told: Job): Job {
    this.jobs.set(told.id, told);
    this.#versions.set(told.id, (this.#versions.get(told.id) ?? 0) + 1);
    return told;
  }

  /** Of the answer about all jobs that have not ended. */
  get etag(): string {
    return `W/"${this.#open.map(({ id }) => `${id}.${this.#versions.get(id)}`).join()}.en"`;
  }

  get #open(): Job[] {
    const open = [...this.jobs.values()].filter(({ status }) => status === "queued" || status === "running");
    return open.sort((a, b) => a.id.localeCompare(b.id));
  }

  readonly answer = (asked: Asked): Answer => {
    const { pathname, searchParams } = new URL(asked.path, "https://site.example");
    const [, , , id = "", action = ""] = pathname.split("/");
    if (id === "")
      return asked.method === "POST" ? this.#make(asked, asked.body as JobRequest) : this.#list(searchParams);
    if (id === "active") return this.#active(asked);
    const found = this.jobs.get(id) ?? (action === "restore" ? this.deleted.get(id) : undefined);
    if (found === undefined) return { status: 404, body: problem(404, "job-not-found") };
    switch (`${asked.method} ${action}`) {
      case "GET ":
        return { body: found };
      case "POST rerun":
        return this.#make(asked, found.input, id);
      case "POST cancel":
        return { body: this.tell({ ...found, cancel_requested: true, status: found.stage ? "running" : "canceled" }) };
      case "POST restore":
        return { body: this.tell(found) };
      default:
        this.deleted.set(id, found);
        this.jobs.delete(id);
        return { status: 204 };
    }
  };

  #active({ headers, method, path }: Asked): Answer {
    if (method === "DELETE") {
      const all = this.#open;
      for (const one of all) this.tell({ ...one, cancel_requested: true, status: one.stage ? "running" : "canceled" });
      return { body: this.active(all.filter(({ stage }) => stage === null).map(({ id }) => id)) };
    }
    const { etag } = this;
    const asked = new URL(path, "https://site.example").searchParams.get("ended");
    if (asked === null && headers.get("if-none-match") === etag) return { status: 304, etag };
    return { body: this.active(asked?.split(",")), etag };
  }

  /** What is under way, with what became of those jobs. */
  active(ended: readonly string[] = []): ActiveJobs {
    const all = this.#open;
    return {
      open: all.map(({ id }) => id),
      held: all.filter(({ status }) => status === "queued").map(({ id }) => id),
      jobs: all.sort((a, b) => b.status.localeCompare(a.status)).slice(0, 50),
      ended: ended.flatMap((id) => this.jobs.get(id) ?? []),
      today: { day: "2026-11-23", billed_micro_won: 7, held_micro_won: 0, cap_micro_won: 9, month_billed_micro_won: 8 },
      now: new Date().toISOString(),
      batches: [],
    };
  }

  #list(query: URLSearchParams): Answer {
    const newest = [...this.jobs.values()].sort((a, b) => b.id.localeCompare(a.id));
    const cursor = query.get("cursor");
    const rest = newest.filter(({ id }) => cursor === null || id < cursor);
    const page = rest.slice(0, Number(query.get("limit")));
    return { body: { jobs: page, next_cursor: rest.length > page.length ? page.at(-1)?.id : null } };
  }

  #make({ headers }: Asked, input: JobRequest, rerun_of: string | null = null): Answer {
    const key = headers.get("idempotency-key") ?? "";
    const id = this.#keys.get(key);
    const known = id === undefined ? undefined : this.jobs.get(id);
    if (known !== undefined) return { status: 202, body: known };
    const made = this.tell(
      job(this.jobs.size + this.deleted.size + 1, { input: { ...CLIP, ...input } as JobRequest, rerun_of }),
    );
    this.#keys.set(key, made.id);
    return { status: 202, body: made };
  }
}
