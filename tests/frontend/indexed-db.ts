/** As much of IndexedDB as the page uses: databases of one store, whose answers come a moment later, and whose transactions
 * come one after another. It outlives a load of the page. */

export class KeptDatabases {
  readonly #stores = new Map<string, Map<string, unknown>>();
  readonly #made = new Set<string>();
  /** The end of each database's last transaction. */
  readonly #ended = new Map<string, Promise<void>>();
  isForbidden = false;

  /** What the database of that name holds. */
  of(name: string): Map<string, unknown> {
    const found = this.#stores.get(name) ?? new Map<string, unknown>();
    this.#stores.set(name, found);
    return found;
  }

  /** For `globalThis.indexedDB`. */
  open(name: string): EventTarget {
    if (this.isForbidden) throw new DOMException("forbidden", "SecurityError");
    const isNew = !this.#made.has(name);
    this.#made.add(name);
    const kept = this.of(name);
    const database = {
      createObjectStore: () => undefined,
      transaction: () => {
        const { transaction, ask } = this.#begin(name);
        const objectStore = () => ({
          put: (value: unknown, id: string) => ask(() => void kept.set(id, structuredClone(value))),
          get: (id: string) => ask(() => structuredClone(kept.get(id))),
          getAll: () => ask(() => [...kept.values()].map((value) => structuredClone(value))),
          delete: (id: string) => ask(() => void kept.delete(id)),
        });
        return Object.assign(transaction, { objectStore });
      },
    };
    const opening = Object.assign(new EventTarget(), { result: database });
    queueMicrotask(() => {
      if (isNew) opening.dispatchEvent(new Event("upgradeneeded"));
      opening.dispatchEvent(new Event("success"));
    });
    return opening;
  }

  /** A transaction of that database. It waits for the one before, and is complete once each request has its answer. */
  #begin(name: string) {
    const transaction = new EventTarget();
    const before = this.#ended.get(name);
    this.#ended.set(name, new Promise((resolve) => transaction.addEventListener("complete", () => resolve())));
    let open = 0;
    const ask = (work: () => unknown): EventTarget => {
      const request = Object.assign(new EventTarget(), { result: undefined as unknown });
      open += 1;
      void (before ?? Promise.resolve()).then(() => {
        request.result = work();
        request.dispatchEvent(new Event("success"));
        open -= 1;
        if (open === 0) transaction.dispatchEvent(new Event("complete"));
      });
      return request;
    };
    return { transaction, ask };
  }
}
