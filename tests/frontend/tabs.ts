/** What the tabs of a browser share beside storage: Web Locks, and channels to each other. A lock is held until its work ends
 * or its tab is closed. */

interface Options {
  ifAvailable?: boolean;
  steal?: boolean;
  signal?: AbortSignal;
}

type Work = (lock: object | null) => unknown;

export class Locks {
  /** The tab that asks: the one that was opened last. */
  tab = 0;
  readonly #held = new Map<string, { tab: number; lose: (reason: unknown) => void }>();
  #waiting: { name: string; tab: number; grant: () => void }[] = [];

  /** For `navigator.locks`. */
  readonly request = (name: string, ...rest: [Work] | [Options, Work]): Promise<unknown> => {
    const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
    const { tab } = this;
    if (options.ifAvailable && this.#held.has(name)) return Promise.resolve(work(null));
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        const holder = { tab, lose: reject };
        this.#held.set(name, holder);
        Promise.resolve(work({ name }))
          .finally(() => this.#release(name, holder))
          .then(resolve, reject);
      };
      if (options.steal) {
        this.#held.get(name)?.lose(new DOMException("stolen", "AbortError"));
        grant();
      } else if (!this.#held.has(name)) grant();
      else {
        const waiting = { name, tab, grant };
        this.#waiting.push(waiting);
        options.signal?.addEventListener("abort", () => {
          this.#waiting = this.#waiting.filter((one) => one !== waiting);
          reject(options.signal?.reason);
        });
      }
    });
  };

  /** Ends all tabs, or one of them. */
  close(tab?: number): void {
    const isClosed = (one: number) => tab === undefined || one === tab;
    this.#waiting = this.#waiting.filter((one) => !isClosed(one.tab));
    for (const [name, holder] of [...this.#held]) if (isClosed(holder.tab)) this.#release(name, holder);
  }

  #release(name: string, holder: unknown): void {
    if (this.#held.get(name) !== holder) return;
    this.#held.delete(name);
    const next = this.#waiting.find((one) => one.name === name);
    if (!next) return;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    next.grant();
  }
}

/** A class for `globalThis.BroadcastChannel`: what one says, all others of its name hear a moment later. */
export function channels(): new (name: string) => EventTarget {
  const open = new Set<EventTarget & { name: string }>();
  return class extends EventTarget {
    constructor(readonly name: string) {
      super();
      open.add(this);
    }

    postMessage(data: unknown): void {
      for (const one of open) {
        if (one !== this && one.name === this.name) queueMicrotask(() => one.dispatchEvent(new MessageEvent("message", { data })));
      }
    }
  };
}
