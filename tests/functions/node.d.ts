/** The few names of Node that the TypeScript tests use. Its own types would be one more dependency to keep. */

declare module "node:test" {
  type Body = () => void | Promise<void>;

  export function test(name: string, body: Body): void;
  export function describe(name: string, body: () => void): void;
  export function before(body: Body): void;
  export function beforeEach(body: Body): void;
  export function afterEach(body: Body): void;
  export function after(body: Body): void;

  export const mock: {
    timers: {
      enable(options: { apis: ("setTimeout" | "Date")[]; now?: number }): void;
      /** Moves clock and timers on; what is due runs before it returns. */
      tick(milliseconds: number): void;
      setTime(milliseconds: number): void;
      reset(): void;
    };
  };
}

declare module "node:assert/strict" {
  type Expected = RegExp | object | (new (...never: never[]) => Error) | ((error: unknown) => boolean);

  function assert(value: unknown, message?: string): asserts value;
  namespace assert {
    function equal<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
    function notEqual(actual: unknown, expected: unknown, message?: string): void;
    function deepEqual<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
    /** Whether everything in `expected` is in `actual`, which may hold more. */
    function partialDeepStrictEqual(actual: unknown, expected: unknown, message?: string): void;
    function match(text: string, pattern: RegExp, message?: string): void;
    function doesNotMatch(text: string, pattern: RegExp, message?: string): void;
    function throws(run: () => unknown, expected?: Expected, message?: string): void;
    function rejects(run: Promise<unknown>, expected?: Expected, message?: string): Promise<void>;
  }
  export default assert;
}

declare module "node:http" {
  interface Server {
    listen(port: number, host: string, listening: () => void): void;
    address(): { port: number };
    close(): void;
  }
  interface Answer {
    writeHead(status: number): Answer;
    end(): void;
  }
  export function createServer(handle: (request: AsyncIterable<Uint8Array>, response: Answer) => void): Server;
}

declare module "node:fs" {
  export function readdirSync(folder: string): string[];
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function readFileSync(path: string): Uint8Array<ArrayBuffer>;
}

declare module "node:timers/promises" {
  /** The next turn of the event loop: every promise that can settle without news has settled by then. */
  export function setImmediate(): Promise<void>;
}
