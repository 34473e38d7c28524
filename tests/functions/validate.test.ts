/**
 * Received bytes against the contract: what is filled in, and how a refusal names the field and its remedy.
 *
 * That the verdict itself is the one Python reaches is tests/contract's to show.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type BodyVerdict,
  type Fault,
  parseJson,
  validate,
  validateJobRequest,
} from "../../functions/_lib/validate.ts";

const ID = "01abcdefgh";
const LEAST = { preset: "fast", prompt: "고개를 끄덕인다" };

function faultsOf(verdict: BodyVerdict<unknown>): Fault[] {
  assert(!verdict.ok, "it was accepted");
  return verdict.faults;
}

/** What is wrong with the body of a clip, in English, by field. Each field is named once. */
function refused(body: unknown): Record<string, string> {
  const faults = faultsOf(validateJobRequest(body));
  const told = Object.fromEntries(faults.map(({ pointer, detail }) => [pointer, detail.en]));
  assert.equal(Object.keys(told).length, faults.length, "a field is named twice");
  return told;
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("bytes", () => {
  test("are read as JSON in UTF-8", () => {
    assert.deepEqual(parseJson(encoded(' {"a": ["한글", "\\ud83d\\ude00", 1e3, null]}\n')), {
      value: { a: ["한글", "😀", 1_000, null] },
    });
  });

  test("that hold a JSON null are not the same as no JSON", () =>
    assert.deepEqual(parseJson(encoded("null")), { value: null }));

  const UNREADABLE = {
    nothing: encoded(""),
    "no JSON": encoded("prompt=a"),
    "a byte order mark": encoded("\ufeff{}"),
    "half a character": Uint8Array.of(0x22, 0xed, 0x95, 0x22),
    "a character of UTF-16 halves": Uint8Array.of(0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x22),
    Latin: Uint8Array.of(0x22, 0xe9, 0x22),
    "two bodies": encoded("{}{}"),
  };
  for (const [name, body] of Object.entries(UNREADABLE)) {
    test(`of ${name} are refused`, () => assert.equal(parseJson(body), undefined));
  }
});

const FRAMING = { first_crop: null, middle_crop: null, last_crop: null, borders: "cut" };

describe("a clip that is accepted", () => {
  const CHOSEN = { negative_prompt: null, guidance: null, seed: null, within_seconds: null, sound: "model", loudness: "as_made", motions: [] };
  const SETTINGS = { ratio: "9:16", seconds: 8, ...CHOSEN, image_strength: null, picture_crf: null };

  test("gets every setting that was left out", () => {
    const value = { ...LEAST, ...SETTINGS, tier: "704p", upload_id: null, crop: null, borders: "cut" };
    assert.deepEqual(validateJobRequest(LEAST), { ok: true, value });
  });

  test("gets what its own preset has, and no other's", () => {
    const draft = validateJobRequest({ ...LEAST, preset: "draft" });
    assert(draft.ok);
    assert.equal(draft.value.tier, "352p");
    const frames = { ...LEAST, preset: "keyframes", first_upload_id: ID, last_upload_id: ID };
    const value = { ...frames, ...SETTINGS, tier: "704p", middle_upload_id: null, ...FRAMING };
    assert.deepEqual(validateJobRequest(frames), { ok: true, value });
  });

  test("keeps what was given, whatever is falsy in it", () => {
    const given = { ...LEAST, crop: null, borders: "cut", seed: 0, image_strength: 0, seconds: 2, upload_id: null };
    const verdict = validateJobRequest(given);
    assert(verdict.ok);
    assert.partialDeepStrictEqual(verdict.value, given);
  });

  test("keeps the prompt as it was written", () => {
    const prompt = "  눈을 깜빡이고 😀\n\t살짝 웃는다  ";
    const verdict = validateJobRequest({ ...LEAST, prompt });
    assert(verdict.ok && verdict.value.prompt === prompt);
  });

  test("leaves what it was made from alone", () => {
    const body = Object.freeze({ ...LEAST });
    assert(validateJobRequest(body).ok);
    assert.deepEqual(body, LEAST);
  });
});

describe("a clip that is refused", () => {
  test("must be an object", () => {
    for (const body of [null, [], "text", 1, true, undefined]) {
      assert.deepEqual(refused(body), { "": "It must be a JSON object." });
    }
  });

  test("must name a preset that is offered", () => {
    assert.deepEqual(refused({ prompt: "a" }), { "/preset": "This field is required." });
    const list = "It must be one of: aggressive_quality, expressive, expressive_strong, hq, quality_light, fast, draft, lip_sync, keyframes, restyle, retake, extend";
    for (const preset of ["turbo", "FAST", "", 1, null, ["fast"], {}, "__proto__", "constructor", "toString"]) {
      assert.deepEqual(refused({ ...LEAST, preset }), { "/preset": list });
    }
    const inherited = Object.create({ preset: "fast" }) as object;
    assert.deepEqual(refused(inherited), { "/preset": "This field is required." });
  });

  const WORDS: [string, Record<string, unknown>, string][] = [
    ["/prompt", { prompt: "" }, "It must not be empty."],
    ["/prompt", { prompt: " \n\u3000" }, "It needs visible text and no control characters."],
    ["/prompt", { prompt: "a\u0000" }, "It needs visible text and no control characters."],
    ["/prompt", { prompt: "😀".repeat(2_001) }, "It may have at most 2000 characters."],
    ["/prompt", { prompt: 1 }, "It must be text."],
    ["/prompt", { prompt: null }, "It must be text."],
    ["/prompt", { prompt: "a\ud800" }, "It contains half of a character."],
    ["/negative_prompt", { negative_prompt: "" }, "It must not be empty."],
    ["/negative_prompt", { negative_prompt: {} }, "It must be text."],
    ["/seconds", { seconds: 7 }, "It must be one of: 2, 4, 6, 8, 10"],
    ["/seconds", { seconds: "8" }, "It must be one of: 2, 4, 6, 8, 10"],
    ["/ratio", { ratio: "4:3" }, "It must be one of: 9:16, 16:9, 1:1"],
    ["/tier", { tier: "4k" }, "It must be one of: 704p, 1088p"],
    ["/tier", { preset: "draft", tier: "704p" }, "It must be one of: 352p"],
    ["/seed", { seed: -1 }, "It must lie between 0 and 4294967295."],
    ["/seed", { seed: 2 ** 32 }, "It must lie between 0 and 4294967295."],
    ["/seed", { seed: 1.5 }, "It must be a whole number."],
    ["/seed", { seed: "1" }, "It must be a whole number."],
    ["/image_strength", { image_strength: 1.01 }, "It must lie between 0 and 1."],
    ["/image_strength", { image_strength: "1" }, "It must be a number."],
    ["/guidance", { guidance: 1 }, "It must lie between 1.5 and 8."],
    ["/picture_crf", { picture_crf: 52 }, "It must lie between 0 and 51."],
    ["/upload_id", { upload_id: "../../etc" }, "The value is not valid."],
    ["/upload_id", { upload_id: 5 }, "It must be text."],
    ["/source_job_id", { source_job_id: ID }, "This field does not exist here."],
  ];
  for (const [pointer, fields, words] of WORDS) {
    test(`for ${JSON.stringify(fields).slice(0, 40)} says so`, () => {
      assert.deepEqual(refused({ ...LEAST, ...fields }), { [pointer]: words });
    });
  }

  test("says in both languages what to do", () => {
    for (const [, fields] of WORDS) {
      for (const { detail } of faultsOf(validateJobRequest({ ...LEAST, ...fields }))) {
        assert.match(detail.ko, /[가-힣]요/u);
        assert.doesNotMatch(`${detail.ko}${detail.en}`, /undefined|null|NaN/);
      }
    }
  });

  test("names everything that is wrong at once", () => {
    const wrong = { preset: "fast", seconds: 7, seed: -1, ratio: "4:3", fps: 24 };
    assert.deepEqual(new Set(Object.keys(refused(wrong))), new Set(["/prompt", "/seconds", "/seed", "/ratio", "/fps"]));
    const required = { "/first_upload_id": "This field is required.", "/last_upload_id": "This field is required." };
    assert.deepEqual(refused({ preset: "keyframes", prompt: "a" }), required);
  });

  test("names at most twenty things, however many were sent", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`field_${at}`, at]));
    assert.equal(Object.keys(refused({ ...LEAST, ...many })).length, 20);
  });

  test("escapes a field's name as a JSON pointer does", () => {
    assert.deepEqual(Object.keys(refused({ ...LEAST, "a/b~c": 1 })), ["/a~1b~0c"]);
  });

  test("gives a stranger's field back short and without half a character", () => {
    assert.deepEqual(Object.keys(refused({ ...LEAST, [`a\udfff${"b".repeat(5_000)}`]: 1 })), [
      `/a\ufffd${"b".repeat(98)}`,
    ]);
    assert.deepEqual(Object.keys(refused({ ...LEAST, [`${"b".repeat(99)}😀`]: 1 })), [`/${"b".repeat(99)}\ufffd`]);
  });

  test("takes no field's name for one that objects have by themselves", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const body = JSON.parse(`{"preset": "fast", "prompt": "a", "${name}": {}}`) as unknown;
      assert.deepEqual(refused(body), { [`/${name}`]: "This field does not exist here." });
    }
  });

  test("may be nested as deep as a body can be", () => {
    const nested = (text: string) => JSON.parse(`${"[".repeat(30_000)}${text}${"]".repeat(30_000)}`) as unknown;
    assert.deepEqual(refused({ ...LEAST, prompt: nested("1") }), { "/prompt": "It must be text." });
    const [first] = faultsOf(validateJobRequest({ ...LEAST, prompt: nested('"\\ud800"') }));
    assert.equal(first?.detail.en, "It contains half of a character.");
  });
});

describe("another body", () => {
  test("is judged by the definition of its name", () => {
    assert.deepEqual(validate("RerunRequest", { seed: "same" }), { ok: true, value: { seed: "same", quality: null } });
    const [fault] = faultsOf(validate("RerunRequest", { seed: "other" }));
    assert.deepEqual([fault?.pointer, fault?.detail.en], ["/seed", "It must be one of: same, new"]);
    assert.equal(faultsOf(validate("RerunRequest", {}))[0]?.pointer, "/seed");
    assert.equal(faultsOf(validate("RerunRequest", ["same"]))[0]?.detail.en, "It must be a JSON object.");
  });

  test("with a price's four choices needs all of them", () => {
    const choice = { preset: "fast", ratio: "1:1", seconds: 2, tier: "704p" };
    assert.deepEqual(validate("EstimateRequest", choice), { ok: true, value: choice });
    for (const left_out of Object.keys(choice)) {
      const rest = Object.fromEntries(Object.entries(choice).filter(([key]) => key !== left_out));
      assert.deepEqual(
        faultsOf(validate("EstimateRequest", rest)).map(({ pointer }) => pointer),
        [`/${left_out}`],
      );
    }
  });

  test("names the field inside a field", () => {
    const progress = { step: "3", steps: 8, eta_seconds: null, eta_basis: null };
    const event = { job_id: ID, attempt: 1, seq: 1, type: "progress", at: "2026-11-23T03:00:00.000Z" };
    const rest = { stage: null, resolved: null, outcome: null };
    assert(validate("JobEvent", { ...event, ...rest, progress: { ...progress, step: 3 } }).ok);
    const faults = faultsOf(validate("JobEvent", { ...event, ...rest, progress }));
    assert(faults.some(({ pointer }) => pointer === "/progress/step"));
  });
});
