/**
 * A platform that rents cards, at the tests' clock: it takes first tickets, starts a container for each, and lets the
 * containers work through their tickets and ask for more, as the rented ones do. It renders nothing.
 */

import type { CardOrder, JobEvent, Ticket } from "../../functions/_generated/contract.d.ts";
import { dispatch } from "../../functions/_lib/dispatch.ts";
import type { Env } from "../../functions/_lib/env.ts";
import { apply } from "../../functions/_lib/events.ts";
import { nextOrder } from "../../functions/_lib/next-ticket.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import { event, outcome, resolved } from "./bodies.ts";
import { setClock } from "./database.ts";

interface Deed {
  at: number;
  order: number;
  run: () => Promise<void>;
}

export class Platform {
  /** When each container was asked for, and with which ticket. */
  readonly calls: { at: number; call_id: string; ticket: Ticket }[] = [];
  readonly canceled: string[] = [];
  /** When each clip was done, by job. */
  readonly done = new Map<string, number>();
  /** Of each container's questions. */
  readonly orders: CardOrder[] = [];
  /** Status of every answer, where it is no yes. */
  refuses: number | undefined;
  /** Containers start when the test says so: until then their calls wait. */
  isStarting = true;
  readonly #env: Env;
  readonly #start_ms: number;
  readonly #clip_ms: number;
  readonly #deeds: Deed[] = [];
  #now: number;

  constructor(env: Env, now: number, { start_ms, clip_ms }: { start_ms: number; clip_ms: number }) {
    this.#env = env;
    this.#now = now;
    this.#start_ms = start_ms;
    this.#clip_ms = clip_ms;
    Object.assign(env, { GPU_URL: "http://gpu.test/", GPU_KEY: "key", GPU_SECRET: "secret" });
    globalThis.fetch = (address, options) => this.#answer(String(address), options ?? {});
  }

  get now(): number {
    return this.#now;
  }

  /** Something that happens at this moment, after what was planned for it before. */
  plan(at: number, run: () => Promise<void>): void {
    this.#deeds.push({ at, order: this.#deeds.length, run });
  }

  /** Does everything in its order, until nothing is left, or until this moment. */
  async play(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const left = this.#deeds.filter(({ run, at }) => run !== NOTHING && at <= until);
      const next = left.sort((one, other) => one.at - other.at || one.order - other.order)[0];
      if (next === undefined) break;
      this.#to(next.at);
      const { run } = next;
      next.run = NOTHING;
      await run();
    }
    if (Number.isFinite(until)) this.#to(until);
  }

  /** A container's question, as if its last ticket had ended. */
  async ask(card: string, more: { is_leaving?: boolean; waited_seconds?: number; loaded?: string[]; container_id?: string } = {}) {
    const at = new Date(this.#now).toISOString();
    const rest = { container_id: `ta-${card.slice(-6)}`, gpu: "H200", loaded: [], waited_seconds: 0, is_leaving: false };
    const order = await nextOrder(this.#env, { card, at, ...rest, ...more });
    this.orders.push(order);
    if (order.ticket === null) await dispatch(this.#env);
    return order;
  }

  #to(now: number): void {
    this.#now = Math.max(this.#now, now);
    setClock(this.#now);
  }

  async #run(ticket: Ticket): Promise<void> {
    const told = { attempt: ticket.attempt, at: new Date(this.#now).toISOString() };
    const isWanted = await this.#tell(event(ticket.job_id, 1, { type: "started", resolved: resolved(), ...told }));
    if (!isWanted) return this.#asks(ticket);
    this.plan(this.#now + this.#clip_ms, async () => {
      const at = new Date(this.#now).toISOString();
      const end = outcome(ticket.job_id, "succeeded", { attempt: ticket.attempt, finished_at: at });
      await this.#tell(event(ticket.job_id, 2, { type: "ended", attempt: ticket.attempt, at, outcome: end }));
      this.done.set(ticket.job_id, this.#now);
      await this.#asks(ticket);
    });
  }

  async #tell(told: JobEvent): Promise<boolean> {
    try {
      const row = await apply(this.#env, told);
      if (row.status !== "running") await dispatch(this.#env);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.slug === "event-conflict") return false;
      throw error;
    }
  }

  async #asks({ card }: Ticket, waited_seconds = 0): Promise<void> {
    if (card === null) return;
    const { ticket, ask_again_seconds } = await this.ask(card, { waited_seconds });
    if (ticket !== null) return this.#run(ticket);
    if (ask_again_seconds === null) return;
    const rest = { card } as Ticket;
    this.plan(this.#now + ask_again_seconds * 1_000, () => this.#asks(rest, waited_seconds + ask_again_seconds));
  }

  async #answer(address: string, { method, body }: RequestInit): Promise<Response> {
    const path = new URL(address).pathname;
    if (this.refuses !== undefined) return new Response("{}", { status: this.refuses });
    if (method === "DELETE") {
      this.canceled.push(path.replace("/jobs/", ""));
      return new Response("{}", { status: 202 });
    }
    if (method === "GET") return new Response(JSON.stringify(this.#stateOf(path.replace("/jobs/", ""))));
    const ticket = JSON.parse(String(body)) as Ticket;
    const call_id = `${ticket.job_id}.${ticket.attempt}.fc-${this.calls.length + 1}`;
    this.calls.push({ at: this.#now, call_id, ticket });
    if (this.isStarting) this.plan(this.#now + this.#start_ms, () => this.#run(ticket));
    const call = { call_id, job_id: ticket.job_id, attempt: ticket.attempt, state: "pending" };
    return new Response(JSON.stringify(call), { status: 202 });
  }

  /** A call of which the test has canceled nothing and started nothing is gone. */
  #stateOf(call_id: string): object {
    const [job_id, attempt] = call_id.split(".");
    return { call_id, job_id, attempt: Number(attempt), state: this.isStarting ? "running" : "gone" };
  }
}

const NOTHING = async (): Promise<void> => undefined;
