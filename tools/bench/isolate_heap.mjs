/**
 * Memory of the isolate in which the Functions run, told by its inspector: JavaScript's heap and the buffers beside it. The
 * bucket's simulator and the database lie in isolates of their own.
 *
 * `node isolate_heap.mjs ws://…/ws` looks on until its input ends, and prints one JSON object, in bytes: `before` and
 * `after` without garbage, `most` with what was not collected yet, and how often it looked.
 */

const LOOK_MS = 20;
const COLLECTED_MS = 500;
// The inspector of wrangler takes Cloudflare's own page alone.
const headers = { "User-Agent": "bench", Origin: "https://devtools.devprod.cloudflare.dev" };
const socket = new WebSocket(process.argv[2], { headers });
const waiting = new Map();
let last = 0;

socket.onmessage = ({ data }) => {
  const { id, result } = JSON.parse(data);
  waiting.get(id)?.(result);
  waiting.delete(id);
};

function ask(method) {
  const id = ++last;
  socket.send(JSON.stringify({ id, method }));
  return new Promise((done) => waiting.set(id, done));
}

async function held() {
  const { usedSize, backingStorageSize } = await ask("Runtime.getHeapUsage");
  return usedSize + backingStorageSize;
}

async function withoutGarbage() {
  await ask("HeapProfiler.enable");
  void ask("HeapProfiler.collectGarbage"); // workerd does it and does not answer
  await new Promise((done) => setTimeout(done, COLLECTED_MS));
  return held();
}

await new Promise((done, failed) => {
  socket.onopen = done;
  socket.onerror = () => failed(new Error("the inspector does not answer"));
});
const before = await withoutGarbage();
console.log("looking");
let most = before;
let looks = 0;
let isOver = false;
process.stdin.on("end", () => (isOver = true)).resume();
while (!isOver) {
  most = Math.max(most, await held());
  looks += 1;
  await new Promise((done) => setTimeout(done, LOOK_MS));
}
console.log(JSON.stringify({ before, most, after: await withoutGarbage(), looks }));
process.exit();
