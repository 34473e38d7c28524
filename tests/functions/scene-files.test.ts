/** Scene files: texts, tables, subtitles and JSON as scenes, and scenes as files that read again to the same. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SceneCells } from "../../functions/_generated/contract.d.ts";
import { nameOfFile, numberedName } from "../../functions/_lib/scene-files/file-names.ts";
import { fileName } from "../../functions/_lib/media.ts";
import type { JobRow } from "../../functions/_lib/row.ts";
import { matchPictures, numberIn } from "../../functions/_lib/scene-files/match-pictures.ts";
import { type HowToRead, readScenes } from "../../functions/_lib/scene-files/read-scenes.ts";
import { SceneFileFault, TooManyScenes } from "../../functions/_lib/scene-files/scene-file-fault.ts";
import { writeCsv, type WrittenScene } from "../../functions/_lib/scene-files/write-csv.ts";
import { writeSrt } from "../../functions/_lib/scene-files/write-srt.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, name = "", how: Partial<HowToRead> = {}) => readScenes(bytes(text), { name, ...how });
const lines = (text: string, name = "") => read(text, name).rows.map(({ line }) => line);

function faults(text: string | Uint8Array, name: string): number[] {
  try {
    readScenes(typeof text === "string" ? bytes(text) : text, { name });
  } catch (error) {
    assert(error instanceof SceneFileFault);
    return error.faults.map(({ at }) => at);
  }
  return [];
}

describe("a text", () => {
  test("is a scene a line, to the letter", () => {
    const { format, rows } = read("아이가 문을 연다, 밝게\r\n\r\n  두 칸 띄움 \n강아지가 짖는다");
    assert.equal(format, "text");
    assert.deepEqual(
      rows.map(({ at, line }) => [at, line]),
      [
        [1, "아이가 문을 연다, 밝게"],
        [3, "  두 칸 띄움 "],
        [4, "강아지가 짖는다"],
      ],
    );
  });

  test("may begin like JSON, and may name a field", () => {
    assert.equal(read("[문이 열린다]\n웃는다").format, "text");
    assert.equal(read("대사\n웃는다").format, "text");
  });

  test("from a sheet has columns", () => {
    const { format, delimiter, rows } = read("1\t문을 연다\t8\n2\t뛰어간다\t4");
    assert.deepEqual([format, delimiter], ["table", "\t"]);
    assert.deepEqual(
      rows.map(({ number, line, seconds }) => [number, line, seconds]),
      [
        ["1", "문을 연다", 8],
        ["2", "뛰어간다", 4],
      ],
    );
  });
});

describe("a table", () => {
  const MADE = [
    "prompt,prompt_ko,subtitle,characters,duration,start_time,end_time",
    '"A child opens, slowly",아이가,"첫 줄',
    '둘째 ""줄""",철수,7.6,,',
    ",강아지가 짖는다,,,,0:10,0:14.2",
  ].join("\r\n");

  test("of a creator's tool is taken by its headings, with the lines of the file", () => {
    const { columns, rows, delimiter, has_heading } = read(`\ufeff${MADE}\r\n`, "장면.csv");
    assert.deepEqual([delimiter, has_heading], [",", true]);
    assert.deepEqual(
      columns.map(({ field }) => field),
      ["line", "line_ko", "subtitle", null, "seconds", "start", "end"],
    );
    assert.deepEqual(
      rows.map(({ at, line, subtitle, seconds }) => ({ at, line, subtitle, seconds })),
      [
        { at: 2, line: "A child opens, slowly", subtitle: '첫 줄\r\n둘째 "줄"', seconds: 8 },
        { at: 4, line: "강아지가 짖는다", subtitle: "", seconds: 4 },
      ],
    );
  });

  for (const delimiter of [",", ";", "\t"]) {
    for (const newline of ["\n", "\r\n", "\r"]) {
      test(`may have ${JSON.stringify(delimiter)} and ${JSON.stringify(newline)}`, () => {
        const text = [["번호", "장면 설명", "길이(초)", "이미지"], ["1", "웃는다", "4", "a.png"]]
          .map((cells) => cells.join(delimiter))
          .join(newline);
        const [row] = read(text, "표.csv").rows;
        assert.deepEqual([row?.number, row?.line, row?.seconds, row?.picture_name], ["1", "웃는다", 4, "a.png"]);
      });
    }
  }

  test("is read by the columns that somebody names", () => {
    const { rows } = read("제목,메모\n하나,둘", "a.csv", { fields: [null, "line"] });
    assert.deepEqual([rows[0]?.title, rows[0]?.line], [null, "둘"]);
    const { rows: all } = read("제목,메모\n하나,둘", "a.csv", { fields: ["line", null], has_heading: false });
    assert.deepEqual(all.map(({ line }) => line), ["제목", "하나"]);
  });

  test("may name its delimiter as Excel does", () => {
    const { rows } = read("sep=;\r\nprompt;seconds\r\n웃는다;6\r\n");
    assert.deepEqual([rows[0]?.at, rows[0]?.line, rows[0]?.seconds], [3, "웃는다", 6]);
  });

  test("without headings is guessed", () => {
    const { columns } = read("01.png,아이가 문을 연다,8\n02.png,강아지가 짖는다,6", "a.csv");
    assert.deepEqual(columns.map(({ field }) => field), ["picture_name", "line", "seconds"]);
  });

  test("may have a title above its headings, units in brackets and full-width digits", () => {
    const { columns, rows, notes } = read(
      "라면 이야기;;;\n번호*;장면 설명;길이 (sec);시드\n０１;웃는다, 밝게;８초;１２\n", "a.csv",
    );
    assert.deepEqual(columns.map(({ field }) => field), ["number", "line", "seconds", "seed"]);
    assert.deepEqual(rows.map(({ at, line, seconds, seed }) => [at, line, seconds, seed]), [[3, "웃는다, 밝게", 8, 12]]);
    assert.deepEqual(notes.map(({ at, field }) => [at, field]), [[1, null]]);
  });

  test("of Markdown, as chat programs write one", () => {
    const { format, rows } = read("| 장면 | 프롬프트 | 자막 |\r\n|:--|---|---|\r\n| 1 | a \\| b | \"네\" |\r\n| 2 | c | |\r\n");
    assert.equal(format, "table");
    assert.deepEqual(rows.map(({ at, line, subtitle }) => [at, line, subtitle]), [[3, "a | b", '"네"'], [4, "c", ""]]);
    assert.deepEqual(lines("| 문이 열린다 |\n| 닫힌다 |"), ["| 문이 열린다 |", "| 닫힌다 |"]);
  });

  test("that is a script with commas keeps each line whole", () => {
    assert.deepEqual(lines("아이가 문을 연다, 밝게\n닫는다", "a.csv"), ["아이가 문을 연다, 밝게", "닫는다"]);
  });

  test("says what it took otherwise", () => {
    const { rows, notes } = read("prompt,duration,quality,sound,seed\n웃는다,30,고급 1088p,끔,7\n운다,3,?,맘대로,-1", "a.csv");
    assert.deepEqual(rows[0]?.quality, { preset: "aggressive_quality", tier: "1088p" });
    assert.deepEqual([rows[0]?.sound, rows[0]?.seed, rows[0]?.seconds, rows[1]?.seconds], [false, 7, 10, 4]);
    assert.deepEqual(
      notes.map(({ at, field }) => `${at} ${field}`),
      ["2 seconds", "3 quality", "3 sound", "3 seed"],
    );
    const { notes: wide } = read("prompt,seconds\n아이가 웃는다, 밝게,4", "a.csv");
    assert.deepEqual(wide.map(({ at, field }) => [at, field]), [[2, "line"], [2, "seconds"]]);
  });

  test("with an open quote names the line", () => {
    assert.deepEqual(faults('prompt,subtitle\n웃는다,a\n"운다,b\n본다,c\n', "a.csv"), [3]);
  });

  test("with a cell that no scene can have names each line", () => {
    assert.deepEqual(faults(`prompt\n${"가".repeat(4_001)}\n웃는다\n\u0007`, "a.csv"), [2, 4]);
  });
});

describe("other files", () => {
  test("in no encoding name the line; a workbook says what to do", () => {
    assert.deepEqual(faults(Uint8Array.of(...bytes("하나\n"), 0xff, 0x0a), "a.txt"), [2]);
    assert.deepEqual(faults(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), "a.csv"), [1]);
    assert.deepEqual(faults(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0), "a.png"), [1]);
  });

  test("of any size end in a reason", () => {
    for (const [text, name] of [["a,b\n".repeat(150_000), "a.csv"], [JSON.stringify(Array(150_000).fill("가")), "a.json"]] as const) {
      assert.throws(() => read(text, name), TooManyScenes);
    }
    assert.deepEqual(faults(`prompt\n${"a,".repeat(150_000)}`, "a.csv"), [2]);
  });

  test("in UTF-16, as Excel's Unicode text", () => {
    const text = "\ufeffprompt\tseconds\r\n웃는다\t6\r\n";
    const file = new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
    const { encoding, rows } = readScenes(file, { name: "a.txt" });
    assert.deepEqual([encoding, rows[0]?.line, rows[0]?.seconds], ["utf-16", "웃는다", 6]);
  });

  test("subtitles are a scene a cue", () => {
    const file = "1\n00:00:01,000 --> 00:00:04,900\n안녕하세요\n<i>둘째 줄</i>\n\n2\n01:00:05.0 --> 01:00:36.0 align:start\n끝\n";
    const { format, rows, notes } = read(file);
    assert.equal(format, "srt");
    assert.deepEqual(
      rows.map(({ at, line, subtitle, seconds }) => [at, line, subtitle, seconds]),
      [
        [1, "안녕하세요\n둘째 줄", "안녕하세요\n둘째 줄", 4],
        [6, "끝", "끝", 10],
      ],
    );
    assert.deepEqual(notes.map(({ at }) => at), [6]);
    assert.deepEqual(faults("1\n00:00:01,000 --> 00:00:04,900\na\n\n2\nb\n\n3\n00:00:05,000 --> 00:00:04,000\nc", "a.srt"), [5, 9]);
  });

  test("JSON is a list, wherever it lies", () => {
    assert.deepEqual(lines('["하나", "", "둘"]', "a.json"), ["하나", "둘"]);
    const file = { title: "내 영상", project: { scenes: [{ id: 1, videoPrompt: "달린다", imagePrompt: "개", script: "달려!", duration: 6 }] } };
    const [row] = read(JSON.stringify(file, null, 1)).rows;
    assert.deepEqual([row?.line, row?.subtitle, row?.seconds], ["달린다", "달려!", 6]);
    assert.deepEqual(faults('{\n"scenes": [\n{"prompt": "a\tb"}\n]}', "a.json"), [3]);
    assert.deepEqual(faults('{"title": "x"}', "a.json"), [1]);
    const chapters = { title: "라면", parts: [{ name: "하나", scenes: [{ prompt: "가" }, { prompt: "나" }] }, { scenes: [{ prompt: "다" }] }] };
    assert.deepEqual(lines(JSON.stringify(chapters), "a.json"), ["가", "나", "다"]);
    assert.deepEqual(lines('{"scenes": {"2": {"prompt": "나"}, "1": {"prompt": "가"}}}', "a.json"), ["가", "나"]);
    assert.deepEqual(lines('{"prompt": "가"}\r\n{"prompt": "나"}\r\n'), ["가", "나"]);
  });
});

const NOTHING: SceneCells = {
  title: null, line: "", subtitle: "", first_upload_id: null, first_crop: null, last_upload_id: null, last_crop: null,
  picture_name: null, seconds: null, quality: null, sound: null, seed: null, negative_prompt: null, borders: null,
  motions: null, chosen_job: null,
};

function written(cells: Partial<SceneCells>, number = 1): WrittenScene {
  return { number, cells: { ...NOTHING, ...cells }, picture_name: null, last_picture_name: null, clip_name: null };
}

describe("scenes.csv", () => {
  const TEXTS = ["=1+1", "'=1+1", "''@a", "+82", "-", "@가", "＝1", "\t탭", "a,b", 'a"b', "줄\n바꿈", "줄\r\n바꿈", " 빈칸 ", "'작은따옴표'"];

  for (const language of ["ko", "en"] as const) {
    test(`reads again to the same table (${language})`, () => {
      const scenes = TEXTS.map((text, index) =>
        written(
          {
            title: "제목", line: text, subtitle: text, negative_prompt: text, seconds: 4, sound: index % 2 === 0, seed: index,
            quality: { preset: "fast", tier: "1088p" }, first_upload_id: "0mwxjzb4ld16qz50brdyr41ms1jsj",
          },
          index + 1,
        ),
      );
      const { rows, notes } = read(writeCsv(scenes, language), "scenes.csv");
      assert.deepEqual(notes, []);
      assert.deepEqual(
        rows.map(({ number, title, line, subtitle, negative_prompt, seconds, sound, seed, quality, first_upload_id }) => ({
          number, title, line, subtitle, negative_prompt, seconds, sound, seed, quality, first_upload_id,
        })),
        scenes.map(({ number, cells: { title, line, subtitle, negative_prompt, seconds, sound, seed, quality, first_upload_id } }) => ({
          number: String(number), title, line, subtitle, negative_prompt, seconds, sound, seed, quality, first_upload_id,
        })),
      );
    });
  }

  test("runs nothing in a spreadsheet", () => {
    const cells = writeCsv(TEXTS.map((line, index) => written({ line }, index + 1)), "en").split("\r\n").slice(1, 9);
    for (const row of cells) assert.doesNotMatch(row.replace(/^\d+,,"?/, ""), /^[=+\-@＝\t]/, row);
  });

  test("keeps a scene that says nothing", () => {
    const [row] = read(writeCsv([written({})], "ko"), "scenes.csv").rows;
    assert.deepEqual([row?.number, row?.line, row?.seconds, row?.quality], ["1", "", null, null]);
  });
});

describe("subtitles", () => {
  test("follow the clips' own lengths without drifting", () => {
    const clips = Array.from({ length: 200 }, (_, index) => ({ subtitle: index % 2 ? "" : `줄 ${index}\n\n둘`, seconds: 193 / 24 }));
    const cues = writeSrt(clips).split("\r\n\r\n");
    assert.equal(cues.length, 100);
    assert.equal(cues[99]?.trimEnd(), "100\r\n00:26:32,250 --> 00:26:40,292\r\n줄 198\r\n둘");
    assert.deepEqual(read(writeSrt(clips)).rows.length, 100);
  });
});

describe("names of files", () => {
  test("are taken by every system", () => {
    assert.equal(numberedName(1, "아이가 문을 연다".normalize("NFD"), "mp4"), "001_아이가 문을 연다.mp4".normalize("NFC"));
    assert.equal(numberedName(7, 'a\\b/c:d*e?f"g<h>i|j\u0000k\u202el', "mp4"), "007_a b c d e f g h i j k l.mp4");
    assert.equal(numberedName(12, " ... 끝... ", "mp4"), "012_끝.mp4");
    assert.equal(numberedName(12, "???", "mp4"), "012.mp4");
    assert.equal(numberedName(3, "줄\n바꿈", "mp4", 1_200), "0003_줄 바꿈.mp4");
    assert.equal(nameOfFile("con", "zip", "clips"), "_con.zip");
    assert.equal(nameOfFile("콘솔", "zip", "clips"), "콘솔.zip");
    assert.equal(nameOfFile("...", "zip", "clips"), "clips.zip");
  });

  test("of one clip and of all are the same", () => {
    const row = { id: "0mwxjzb4ld16qz50brdyr41ms1jsj", scene_number: 7, title: "007 문이 열린다", picture_name: "a.png", created_at: "2026-11-27T00:00:00Z" };
    assert.equal(fileName(row as JobRow, "prompt", "mp4"), numberedName(7, "문이 열린다", "mp4"));
    assert.equal(fileName({ ...row, scene_number: null } as JobRow, "prompt", "mp4"), "2026-11-27 007 문이 열린다.mp4");
  });

  test("hold of any title only what every system takes", () => {
    let seed = 7;
    const random = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    const PLANES = [0x80, 0x80, 0x3_000, 0xac00 + 11_172, 0x1f_700, 0x10_ffff];
    for (let turn = 0; turn < 2_000; turn++) {
      const points = Array.from({ length: random(120) }, () => random(PLANES[random(PLANES.length)] ?? 1));
      const title = String.fromCodePoint(...points.filter((point) => point < 0xd800 || point > 0xdfff));
      const name = numberedName(1 + random(200), title, "mp4");
      assert.match(name, /^\d{3}(?:_[^\\/:*?"<>|\p{Cc}]*[^\\/:*?"<>|\p{Cc}. ])?\.mp4$/u, JSON.stringify(title));
      assert.equal(name, name.normalize("NFC"));
      assert(new TextEncoder().encode(name).byteLength <= 255, name);
    }
  });

  test("are cut between characters as a person counts them", () => {
    const family = "👨‍👩‍👧‍👦";
    assert.equal(numberedName(1, "가".repeat(100), "mp4"), `001_${"가".repeat(78)}.mp4`);
    assert.equal(numberedName(1, "a".repeat(100), "mp4"), `001_${"a".repeat(80)}.mp4`);
    const name = numberedName(1, family.repeat(100), "mp4");
    assert.equal(name.replaceAll(family, ""), "001_.mp4");
    assert(new TextEncoder().encode(name).byteLength <= 255);
  });
});

describe("pictures", () => {
  const scenes = (count: number) => Array.from({ length: count }, () => ({}));
  const pairs = (...given: Parameters<typeof matchPictures>) =>
    matchPictures(...given).pairs.map(({ scene, picture, by }) => `${scene}-${picture} ${by}`);

  test("have numbers in their names", () => {
    const NUMBERS = {
      "03.png": 3, "S03.jpg": 3, "s3_아이.png": 3, "장면_03.png": 3, "장면 3.png": 3, "scene-12_final.webp": 12, "03_문.png": 3,
      "image_07.png": 7, "문 (3).png": 3, "컷3.png": 3, "사진/04.png": 4,
      "03-b.png": 3, "S03-2.JPEG": 3, "장면_０３.png": 3, "제3장면.png": 3, "[03] 문.png": 3, "EP01_S03.png": 3, "s01e03.png": undefined,
      "KakaoTalk_20251126_123456_03.png": undefined, "문.png": undefined, "20251126_01.png": undefined,
      "ChatGPT Image 2025년 11월 26일 03_04_05.png": undefined,
    };
    for (const [name, number] of Object.entries(NUMBERS)) assert.equal(numberIn(name), number, name);
  });

  test("go by number, in any order, and those without a partner are named", () => {
    const names = ["장면_03.png", "S01.png", "2_문.png", "09.png", "메모.png"];
    assert.deepEqual(pairs(names, scenes(4)), ["0-1 number", "1-2 number", "2-0 number"]);
    const { pictures_left, scenes_left } = matchPictures(names, scenes(4));
    assert.deepEqual([pictures_left, scenes_left], [[3, 4], [3]]);
  });

  test("go by the scene's own number", () => {
    assert.deepEqual(pairs(["12.png", "10.png"], [{ number: "010" }, { number: "S12" }]), ["0-1 number", "1-0 number"]);
  });

  test("go by name before all", () => {
    const asked = [{ picture_name: "사진/문.PNG".normalize("NFD") }, { picture_name: "01" }, { picture_name: "없는.png" }];
    assert.deepEqual(pairs(["01.png", "문.png", "03.png"], asked), ["0-1 name", "1-0 name"]);
  });

  test("go by order where nothing has a number", () => {
    const names = ["KakaoTalk_20251126_10.png", "KakaoTalk_20251126_9.png", "나.png"];
    assert.deepEqual(pairs(names, scenes(4)), ["0-2 order", "1-1 order", "2-0 order"]);
  });

  test("with the same number pair once", () => {
    assert.deepEqual(pairs(["01.png", "02.png"], [{ number: "1" }, { number: "1" }, { number: "2" }]), ["0-0 number", "2-1 number"]);
    const { pairs: made, pictures_left } = matchPictures(["1_나.png", "1_가.png"], scenes(2));
    assert.deepEqual([made.length, pictures_left], [1, [0]]);
  });
});
