/**
 * Bundles what the pages ask for. Every `asset("…")` in `pages/` and `shell/` names an entry point from this folder on: a
 * script or a stylesheet. Each becomes a file with a digest in its name, so that it may be cached for ever.
 *
 * `node frontend/build.mjs FOLDER` writes them into FOLDER and prints a JSON object: `files`, entry point → file name, and
 * `needs`, file name → the files that it imports at once. Files without an entry point stand under their own names: the
 * licences that go along with a script, and what several scripts share.
 * It does not know what the pages are; `infra/build/site.py` renders them.
 */

import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FRONTEND = dirname(fileURLToPath(import.meta.url));
const ASKED = /\basset\(\s*["']([^"']+)["']\s*\)/g;
/** Scripts that run before a page is parsed, or in a thread of their own. They cannot be modules. */
const CLASSIC = ["src/theme.ts", "src/pick-language.ts", "src/picture-worker.ts"];
/** The oldest that know the CSS function light-dark(), on which both themes rest. */
const BROWSERS = ["chrome123", "firefox121", "safari17.5"];

async function entryPoints() {
  const found = new Set();
  for (const folder of ["pages", "shell"]) {
    for (const name of await readdir(join(FRONTEND, folder), { recursive: true })) {
      if (!name.endsWith(".j2")) continue;
      const text = await readFile(join(FRONTEND, folder, name), "utf8");
      for (const [, asked] of text.matchAll(ASKED)) found.add(asked);
    }
  }
  return [...found].sort();
}

/** Markup in the components is indented for its readers; browsers need none of it, and it is a tenth of the script. */
const withoutIndents = {
  name: "without indents",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/](parts|rooms)[\\/][^\\/]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/^[ \t]+/gm, ""),
      loader: "ts",
    }));
  },
};

const [folder] = process.argv.slice(2);
const inRepository = basename(FRONTEND);
const common = {
  absWorkingDir: dirname(FRONTEND),
  outdir: folder,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  target: BROWSERS,
  charset: "utf8",
  legalComments: "linked", // lit asks that its notice goes along: a file beside the script, which names it
  metafile: true,
  plugins: [withoutIndents],
  logLevel: "error",
};

const files = {};
const needs = {};
for (const [path, { entryPoint, imports }] of [...(await outputs(false)), ...(await outputs(true))]) {
  const name = posix.basename(path);
  files[entryPoint === undefined ? name : posix.relative(inRepository, entryPoint)] = name;
  needs[name] = imports.filter(({ kind }) => kind === "import-statement").map((one) => posix.basename(one.path));
}
process.stdout.write(JSON.stringify({ files, needs }));

/** What rooms share is a file of its own, which is fetched once; so modules are split, and other scripts are whole. */
async function outputs(classic) {
  const asked = (await entryPoints()).filter((name) => CLASSIC.includes(name) === classic);
  const entries = asked.map((name) => posix.join(inRepository, name));
  const kind = classic ? { format: "iife" } : { format: "esm", splitting: true };
  const { metafile } = await build({ ...common, ...kind, entryPoints: entries });
  return Object.entries(metafile.outputs);
}
