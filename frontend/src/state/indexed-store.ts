/** One store of IndexedDB, a database of its own. Without storage (forbidden, as in private windows) it keeps nothing and
 * answers null. Knows nothing of what is kept. */

export class IndexedStore<T> {
  #opening: Promise<IDBDatabase | null> | undefined;

  constructor(
    private readonly database: string,
    private readonly store: string,
  ) {}

  /** Whether the value is kept. Then it is there after the browser was killed, too. */
  async put(key: string, value: T): Promise<boolean> {
    return (await this.#exchange("readwrite", (store) => store.put(value, key))) !== null;
  }

  async get(key: string): Promise<T | null> {
    return ((await this.#exchange("readonly", (store) => store.get(key))) as T | null | undefined) ?? null;
  }

  /** Keeps what `next` makes of the value, in one transaction, so that two tabs agree; answers it, also where nothing can be
   * kept. */
  async update(key: string, next: (before: T | null) => T): Promise<T> {
    let now: T | undefined;
    await this.#exchange("readwrite", (store) => {
      const reading: IDBRequest<T | undefined> = store.get(key);
      reading.addEventListener("success", () => {
        now = next(reading.result ?? null);
        store.put(now, key);
      });
      return reading;
    });
    return now ?? next(null);
  }

  /** Null where nothing can be kept. */
  async all(): Promise<T[] | null> {
    return (await this.#exchange("readonly", (store) => store.getAll())) as T[] | null;
  }

  async delete(key: string): Promise<void> {
    await this.#exchange("readwrite", (store) => store.delete(key));
  }

  /** What the request answered, once its transaction is complete. */
  async #exchange(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.#opened();
    if (database === null) return null;
    return new Promise((resolve) => {
      const transaction = database.transaction(this.store, mode);
      const request = ask(transaction.objectStore(this.store));
      transaction.addEventListener("complete", () => resolve(request.result));
      for (const fault of ["error", "abort"]) transaction.addEventListener(fault, () => resolve(null));
    });
  }

  #opened(): Promise<IDBDatabase | null> {
    this.#opening ??= new Promise((resolve) => {
      try {
        const request = indexedDB.open(this.database, 1);
        request.addEventListener("upgradeneeded", () => request.result.createObjectStore(this.store));
        request.addEventListener("success", () => resolve(request.result));
        for (const fault of ["error", "blocked"]) request.addEventListener(fault, () => resolve(null));
      } catch {
        resolve(null); // private windows of some browsers forbid it
      }
    });
    return this.#opening;
  }
}
