/**
 * The edges of a browser in Node: storage, network, pictures, timers and clock. Behind them the page's own modules run.
 * What is stored outlives a load of the page; nothing else does. It knows nothing of what the server answers.
 */

import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Question } from "../../frontend/src/picture-reading";
import { KeptDatabases } from "./indexed-db";
import { SentPicture } from "./sent-picture";
import { channels, Locks } from "./tabs";

export type Page = typeof import("./page");
export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

/** `"lost"`: the server may have got the question, the page gets no answer. A text is no JSON. */
export type Answer = { status?: number; body?: unknown; etag?: string | undefined } | "lost";

interface Size {
  width: number;
  height: number;
}

/** A stream of events that the page has opened. A test says what comes, and when it ends. */
export class Stream extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly CLOSED = 2;
  readyState: number = 1;

  /** An event of the server; without data it is a sign of life. */
  say(data?: unknown, etag = ""): void {
    const event = data === undefined ? new Event("same") : new MessageEvent("message", { data: JSON.stringify(data), lastEventId: etag });
    this.dispatchEvent(event);
  }

  /** The server ends it, and the browser asks for the next by itself; or it was refused, and the browser gives up. */
  end(isRefused = false): void {
    this.readyState = isRefused ? Stream.CLOSED : Stream.CONNECTING;
    this.dispatchEvent(new Event("error"));
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }
}

let loads = 0;

export class Browser {
  /** Where the page lies; it may change it while it is open. */
  address = new URL("https://site.example/en/");
  /** The clock at the next load. */
  now = "2026-11-23T03:00:00.000Z";
  readonly stored = new Map<string, string>();
  readonly databases = new KeptDatabases();
  /** The kept copies of uploaded pictures. */
  readonly keptPictures = this.databases.of("clipwright");
  readonly locks = new Locks();
  readonly #channels = channels();
  /** What a tab keeps for itself over its reloads. */
  #session = new Map<string, string>();
  isStorageForbidden = false;
  isHidden = false;
  /** Every question to the API, in order. */
  readonly asked: Asked[] = [];
  /** Every stream that the page has opened, in order. */
  streams: Stream[] = [];
  /** Whether streams come through. */
  hasStreams = true;
  readonly #listeners = new EventTarget();
  readonly #windows = new EventTarget();
  answer: (asked: Asked) => Answer | Promise<Answer> = () => "lost";
  /** Every picture that was sent, in order. */
  sent: SentPicture[] = [];
  /** The addresses of pictures that the page still holds. */
  readonly addresses = new Set<string>();
  #pictures = 0;
  #page: Page | undefined;
  /** What the browser makes of a file; a rejection is a file that it cannot open. */
  decode: (file: File) => Promise<Size> = sizeOf;
  /** How many bytes a JPEG of that quality has. */
  jpegBytes: (quality: number) => number = () => 1_000;
  /** Whether the thread that reads pictures ends at its next question. */
  isThreadLost = false;

  /** Loads the page: its modules from the start, no timer left of the one before. */
  async load(): Promise<Page> {
    await settled(); // the page before must not go on in this one
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse(this.now) });
    this.addresses.clear();
    this.sent = [];
    this.streams = [];
    this.locks.close();
    return this.#opened();
  }

  /** Opens the page once more beside the tabs that are open. */
  async openTab(): Promise<Page> {
    this.locks.tab += 1;
    this.#session = new Map();
    return this.#opened();
  }

  /** Opens the page after all tabs were closed, or the browser was killed. */
  async restart(): Promise<Page> {
    this.#session = new Map();
    return this.load();
  }

  async #opened(): Promise<Page> {
    for (const [name, one] of Object.entries(Object.getOwnPropertyDescriptors(this.#globals()))) {
      Object.defineProperty(globalThis, name, { ...one, configurable: true });
    }
    URL.createObjectURL = () => {
      this.#pictures += 1;
      const address = `blob:${this.#pictures}`;
      this.addresses.add(address);
      return address;
    };
    URL.revokeObjectURL = (address) => void this.addresses.delete(address);
    loads += 1;
    const page = (await import(new URL(`page.mjs?${loads}`, import.meta.url).href)) as Page;
    this.#page = page;
    return page;
  }

  #globals(): Record<string, unknown> {
    const browser = this;
    return {
      document: {
        documentElement: { lang: "en", dataset: {} },
        createTreeWalker: () => null, // lit asks for one as it is loaded
        querySelector: () => null,
        addEventListener: (kind: string, listener: () => void) => browser.#listeners.addEventListener(kind, listener),
        get hidden() {
          return browser.isHidden;
        },
      },
      addEventListener: (kind: string, listener: () => void) => browser.#windows.addEventListener(kind, listener),
      navigator: { onLine: true, locks: this.locks },
      BroadcastChannel: this.#channels,
      get location() {
        return browser.address;
      },
      history: {
        replaceState: (_state: unknown, _title: string, address: string) => {
          browser.address = new URL(address, browser.address);
        },
      },
      localStorage: {
        getItem: (key: string) => this.#allowed(this.stored).get(key) ?? null,
        setItem: (key: string, text: string) => this.#allowed(this.stored).set(key, text),
        removeItem: (key: string) => this.#allowed(this.stored).delete(key),
        key: (index: number) => [...this.#allowed(this.stored).keys()][index] ?? null,
        get length() {
          return browser.#allowed(browser.stored).size;
        },
      },
      sessionStorage: {
        getItem: (key: string) => this.#allowed(this.#session).get(key) ?? null,
        setItem: (key: string, text: string) => this.#allowed(this.#session).set(key, text),
      },
      indexedDB: this.databases,
      EventSource: class extends Stream {
        constructor() {
          super();
          browser.streams.push(this);
          if (!browser.hasStreams) void settled().then(() => this.end(true));
        }
      },
      fetch: (path: string, init: RequestInit) => this.#fetch(path, init),
      XMLHttpRequest: class extends SentPicture {
        override send(file: File): void {
          super.send(file);
          browser.sent.push(this);
        }
      },
      OffscreenCanvas: class {
        constructor(
          readonly width: number,
          readonly height: number,
        ) {}
        getContext = () => ({ fillRect: () => undefined, drawImage: () => undefined });
        convertToBlob = async ({ type, quality }: { type: string; quality: number }) => {
          const made = new File([`${this.width}x${this.height}`], type, { type });
          return type === "image/jpeg" ? weighing(made, browser.jpegBytes(quality)) : made;
        };
      },
      Worker: class extends EventTarget {
        postMessage = async (question: Question): Promise<void> => {
          if (browser.isThreadLost) {
            browser.isThreadLost = false;
            this.dispatchEvent(new Event("error"));
            return;
          }
          const reading = await browser.#page?.pictureReading.read(question);
          this.dispatchEvent(new MessageEvent("message", { data: { id: question.id, reading } }));
        };
      },
      createImageBitmap: async (file: File) => ({ ...(await this.decode(file)), close: () => undefined }),
    };
  }

  /** The visitor turns to another tab, or back to this one. */
  show(isShown: boolean): void {
    this.isHidden = !isShown;
    this.#listeners.dispatchEvent(new Event("visibilitychange"));
  }

  /** Another tab has changed what is stored; without a text it has taken it out. */
  changeElsewhere(key: string, text?: string): void {
    if (text === undefined) this.stored.delete(key);
    else this.stored.set(key, text);
    this.#windows.dispatchEvent(Object.assign(new Event("storage"), { key }));
  }

  /** The stream that is open; undefined where there is none. */
  get stream(): Stream | undefined {
    return this.streams.findLast(({ readyState }) => readyState !== Stream.CLOSED);
  }

  #allowed(storage: Map<string, string>): Map<string, string> {
    if (this.isStorageForbidden) throw new DOMException("forbidden", "SecurityError");
    return storage;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : undefined;
    const asked = { method: init.method ?? "GET", path, headers: new Headers(init.headers), body };
    this.asked.push(asked);
    const answer = await this.answer(asked);
    if (answer === "lost") throw new TypeError("Failed to fetch");
    const { status = 200, etag } = answer;
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    return new Response(status === 204 || status === 304 ? null : text, { status, headers: etag ? { etag } : {} });
  }
}

/** Lets everything happen that waits for no timer and for nobody outside. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await setImmediate();
}

/** Lets time pass, and what comes of it. */
export async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  await settled();
}

const SIGNATURES = {
  PNG: "\x89PNG\r\n\x1a\n",
  JPEG: "\xff\xd8\xff",
  WebP: "RIFF\x04\0\0\0WEBP",
  HEIC: "\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
  AVIF: "\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf",
  GIF: "GIF89a",
};

/** A file that the browser can open, unless it has no width. */
export function file(
  name: string,
  { width = 640, height = 360, type = "image/png", format = "PNG" as keyof typeof SIGNATURES } = {},
): File {
  const bytes = Uint8Array.from(SIGNATURES[format], (one) => one.charCodeAt(0));
  return new File([bytes, `\n${JSON.stringify({ width, height })}`], name, { type });
}

/** The same file, as if it had so many bytes. */
export function weighing(made: File, bytes: number): File {
  return Object.defineProperty(made, "size", { value: bytes });
}

async function sizeOf(opened: File): Promise<Size> {
  const size = JSON.parse((await opened.text()).split("\n").at(-1) ?? "") as Size;
  if (size.width === 0) throw new DOMException("The source image could not be decoded.", "InvalidStateError");
  return size;
}
