/** What a chosen file is by its bytes: sent as it is, made into what the service takes, or refused with its name. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Picture, Slot } from "../../frontend/src/state/pictures";
import { MENU } from "./answers";
import { Browser, file, type Page, settled, weighing } from "./browser";

let browser: Browser;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  page = await browser.load();
  browser.answer = () => ({ body: MENU });
  await page.menu.loadMenu(); // the first answer lets all other calls go
});

const at = (slot: Slot): Picture | undefined => page.pictures.pictures.value[slot];

/** Chooses a picture, as far as that goes without an answer of the server. */
async function choose(slot: Slot, chosen: File): Promise<void> {
  void page.pictures.choosePicture(slot, chosen);
  await settled();
}

describe("a picture", () => {
  const REFUSED = {
    "of another kind": { chosen: file("a.png", { format: "GIF" }), title: "This picture cannot be opened" },
    "that no browser can open": { chosen: file("a.png", { width: 0 }), title: "This picture cannot be opened" },
    "that is a HEIC photo": { chosen: file("a.jpg", { width: 0, format: "HEIC" }), title: "This is a HEIC photo" },
    "that is an AVIF picture": { chosen: file("a.jpg", { width: 0, format: "AVIF" }), title: "This is an AVIF picture" },
  };
  for (const [name, { chosen, title }] of Object.entries(REFUSED)) {
    test(`${name}, which this browser cannot read, says so in its place, and is not sent`, async () => {
      await choose("picture", chosen);
      assert.equal(at("picture")?.state, "failed");
      assert(at("picture")?.failure?.problem.title.startsWith(title));
      assert.notEqual(at("picture")?.failure?.problem.fix, "");
      assert.equal(at("picture")?.failure?.problem.charged_micro_won, 0);
      assert.deepEqual(browser.sent, []);
      await page.pictures.retryPicture("picture");
      assert.deepEqual(browser.sent, [], "the same file would fare no better");
    });
  }

  test("that is no longer there says so", async () => {
    const gone = file("a.png");
    gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")) }) as unknown as Blob;
    await choose("picture", gone);
    assert.equal(at("picture")?.failure?.problem.title, "This picture cannot be opened");
  });

  test("is what its bytes are, whatever its name and type say", async () => {
    const PHONES: [string, string, "JPEG" | "PNG" | "WebP", string][] = [
      ["IMG_1234", "", "JPEG", "image/jpeg"],
      ["image:1641", "application/octet-stream", "JPEG", "image/jpeg"],
      ["a.jpg", "image/jpg", "JPEG", "image/jpeg"],
      ["a.jfif", "image/pjpeg", "JPEG", "image/jpeg"],
      ["a.jpg", "image/jpeg", "WebP", "image/webp"],
      ["a.gif", "image/gif", "PNG", "image/png"],
    ];
    for (const [name, said, format, type] of PHONES) {
      await choose("picture", file(name, { type: said, format }));
      const sent = browser.sent.at(-1);
      assert.deepEqual([at("picture")?.name, at("picture")?.state], [name, "uploading"]);
      assert.equal(sent?.headers["content-type"], type);
      assert.equal(sent?.file?.size, file(name, { format }).size, "the file as it is");
    }
    assert.equal(browser.sent.length, PHONES.length);
  });

  test("of a format that the browser reads and the service does not is sent as JPEG", async () => {
    for (const format of ["HEIC", "AVIF"] as const) {
      await choose("picture", file("a", { format, width: 4_032, height: 3_024 }));
      const sent = browser.sent.at(-1);
      assert.equal(sent?.headers["content-type"], "image/jpeg");
      assert.equal(await sent?.file?.text(), "4032x3024");
      assert.deepEqual([at("picture")?.read?.format, at("picture")?.read?.isSmaller], [format, false]);
    }
  });

  const LARGE: Record<string, [number, number, string]> = {
    "of 48 million pixels": [8_000, 6_000, "4618x3464"],
    "of 200 million pixels": [16_320, 12_240, "4618x3464"],
    "that is a panorama": [16_382, 3_628, "8499x1882"],
    "that is a long panorama": [30_000, 300, "12000x120"],
  };
  for (const [name, [width, height, made]] of Object.entries(LARGE)) {
    test(`${name} is made smaller and sent`, async () => {
      await choose("picture", file("a.jpg", { format: "JPEG", width, height }));
      assert.equal(await browser.sent[0]?.file?.text(), made);
      const { picture } = page.pictures.pictures.value;
      assert.deepEqual([`${picture?.width}x${picture?.height}`, picture?.read?.isSmaller], [made, true]);
    });
  }

  test("of 40 million pixels, and 12,000 on a side, goes as it is", async () => {
    for (const [width, height] of [
      [8_000, 5_000],
      [12_000, 3_333],
    ] as const) {
      const chosen = file("a.png", { width, height });
      await choose("picture", chosen);
      assert.equal(browser.sent.at(-1)?.file, chosen);
      assert.equal(at("picture")?.read?.isSmaller, false);
    }
  });

  test("with more bytes than the server takes is packed until it has fewer", async () => {
    const most = MENU.max_upload_bytes;
    browser.jpegBytes = (quality) => (quality > 0.9 ? most + 1 : most);
    await choose("first", weighing(file("a.png"), most));
    assert.equal(browser.sent[0]?.file?.type, "image/png");
    await choose("first", weighing(file("b.png"), most + 1));
    assert.deepEqual([browser.sent[1]?.file?.type, browser.sent[1]?.file?.size], ["image/jpeg", most]);
    browser.jpegBytes = () => most + 1;
    await choose("first", weighing(file("c.png"), most + 1));
    assert.equal(at("first")?.state, "failed");
  });

  test("of any weight goes before it is known what the server takes", async () => {
    page.menu.menu.set(null);
    const chosen = weighing(file("a.png"), MENU.max_upload_bytes + 1);
    await choose("last", chosen);
    assert.equal(browser.sent[0]?.file, chosen);
  });

  test("says so when the thread that reads it ends, and the next one is read by another", async () => {
    browser.isThreadLost = true;
    await choose("first", file("a.png"));
    assert.equal(at("first")?.state, "failed");
    await choose("first", file("b.png"));
    assert.equal(at("first")?.state, "uploading");
    assert.equal(browser.sent.length, 1);
  });
});
