/**
 * Validates JSON against the generated schema: a typed value with defaults filled in, or a list of faults by field.
 *
 * Bodies of people are strict. Bodies that cross a release, or that lie in the bucket (definitions without
 * `additionalProperties: false`), lose members that this release does not know, and get the default of each that they
 * lack, at every level. No platform is imported, so that the tests run the same code in Node. It knows no HTTP.
 */

import { type Schema, Validator } from "@cfworker/json-schema";
import type {
  BatchChoice,
  BatchRequest,
  BulkChange,
  Call,
  CardAsk,
  ContainerReport,
  CapsChange,
  ChannelPresetRequest,
  EraseRequest,
  EstimateRequest,
  JobChange,
  JobEvent,
  JobRequest,
  OffersRequest,
  Outcome,
  OwnLimits,
  PictureRead,
  PicturesToPair,
  ProjectChange,
  ProjectRequest,
  RerunRequest,
  SessionRequest,
  ShareRequest,
  SoundRead,
  TextRequest,
  TokenRequest,
  WebhookRequest,
} from "../_generated/contract.d.ts";
import contract from "../_generated/contract.schema.json" with { type: "json" };

interface Bodies {
  JobChange: JobChange;
  BulkChange: BulkChange;
  ShareRequest: ShareRequest;
  EstimateRequest: EstimateRequest;
  OffersRequest: OffersRequest;
  RerunRequest: RerunRequest;
  SessionRequest: SessionRequest;
  CapsChange: CapsChange;
  EraseRequest: EraseRequest;
  TokenRequest: TokenRequest;
  WebhookRequest: WebhookRequest;
  JobEvent: JobEvent;
  Outcome: Outcome;
  ContainerReport: ContainerReport;
  CardAsk: CardAsk;
  Call: Call;
  PictureRead: PictureRead;
  SoundRead: SoundRead;
  TextRequest: TextRequest;
  PicturesToPair: PicturesToPair;
  OwnLimits: OwnLimits;
  ProjectRequest: ProjectRequest;
  ProjectChange: ProjectChange;
  ChannelPresetRequest: ChannelPresetRequest;
  BatchChoice: BatchChoice;
  BatchRequest: BatchRequest;
}

export interface Fault {
  pointer: string;
  detail: { ko: string; en: string };
}

export type BodyVerdict<Body> = { ok: true; value: Body } | { ok: false; faults: Fault[] };

interface Field {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  items?: Field;
  anyOf?: Field[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

interface Definition {
  properties?: Record<string, Field>;
  required?: string[];
  additionalProperties?: boolean;
}

const DEFINITIONS = contract.$defs as unknown as Record<string, Definition>;
const BRANCHES = new Map(
  Object.entries(contract.$defs.JobRequest.discriminator.mapping).map(([preset, reference]) => [
    preset,
    reference.slice("#/$defs/".length),
  ]),
);
/** Enough faults to correct a body; more would only echo a stranger's input. */
const MAX_FAULTS = 20;
const VALIDATORS = new Map<string, Validator>();

/** Strict UTF-8 JSON, or `undefined`. A byte order mark is refused, as Python's parser does. */
export function parseJson(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** Validates the body of `POST /api/jobs` by the branch of its `preset`. */
export function validateJobRequest(body: unknown): BodyVerdict<JobRequest> {
  if (!isObject(body)) return refuse("", NOT_AN_OBJECT);
  const preset = Object.hasOwn(body, "preset") ? body.preset : undefined;
  const branch = typeof preset === "string" ? BRANCHES.get(preset) : undefined;
  if (branch === undefined) {
    return refuse("/preset", preset === undefined ? MISSING : oneOf([...BRANCHES.keys()]));
  }
  return judge<JobRequest>(branch, body);
}

/** Validates a body by the definition of that name. */
export function validate<Name extends keyof Bodies>(name: Name, body: unknown): BodyVerdict<Bodies[Name]> {
  return isObject(body) ? judge<Bodies[Name]>(name, body) : refuse("", NOT_AN_OBJECT);
}

function judge<Body>(name: string, body: Record<string, unknown>): BodyVerdict<Body> {
  const definition = DEFINITIONS[name] ?? {};
  const properties = definition.properties ?? {};
  const faults: Fault[] = [];
  let known: Record<string, unknown> = {};
  if (isStrict(definition)) {
    for (const [key, value] of Object.entries(body)) {
      if (Object.hasOwn(properties, key)) known[key] = value;
      else faults.push({ pointer: pointerTo(key), detail: UNKNOWN });
    }
  } else {
    known = completed(definition, body);
  }
  for (const key of definition.required ?? []) {
    if (!Object.hasOwn(body, key)) faults.push({ pointer: pointerTo(key), detail: MISSING });
  }
  const broken = Object.keys(known).filter((key) => hasLoneSurrogate(known[key]));
  for (const key of broken) faults.push({ pointer: pointerTo(key), detail: BROKEN_TEXT });
  // The validator cannot name a field whose own name is broken: it throws.
  const readable = Object.fromEntries(Object.entries(known).filter(([key]) => !broken.includes(key)));
  const result = validatorOf(name).validate(composed(readable));
  if (!result.valid) faults.push(...leaves(result.errors, properties));
  if (faults.length > 0) return { ok: false, faults: faults.slice(0, MAX_FAULTS) };

  const filled: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(properties)) {
    filled[key] = Object.hasOwn(known, key) ? known[key] : field.default;
  }
  return { ok: true, value: filled as Body };
}

function isStrict(definition: Definition): boolean {
  return definition.properties === undefined || definition.additionalProperties === false;
}

/** A body of another release as this one would write it: unknown members left out, missing ones with their default. */
function completed(definition: Definition, body: Record<string, unknown>): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(definition.properties ?? {})) {
    if (Object.hasOwn(body, key)) members[key] = knownPart(field, body[key]);
    else if (Object.hasOwn(field, "default")) members[key] = structuredClone(field.default);
    else if (!definition.required?.includes(key)) members[key] = knownPart(field, {});
  }
  return members;
}

function knownPart(field: Field, value: unknown): unknown {
  const branches = field.anyOf ?? [field];
  if (Array.isArray(value)) {
    const items = branches.find((branch) => branch.items !== undefined)?.items;
    return items === undefined ? value : value.map((item) => knownPart(items, item));
  }
  if (isObject(value)) {
    const reference = branches.find((branch) => branch.$ref !== undefined)?.$ref;
    const inner = reference === undefined ? undefined : DEFINITIONS[reference.slice("#/$defs/".length)];
    return inner === undefined || isStrict(inner) ? value : completed(inner, value);
  }
  // A word that a later release added to a list. Only where the word may be missing: else it decides about the job.
  const words = branches.find((branch) => branch.enum !== undefined)?.enum;
  const isLater = typeof value === "string" && words !== undefined && !words.includes(value);
  return isLater && field.anyOf !== undefined && field.default === null ? null : value;
}

/** Texts in Unicode's form NFC, for counting: macOS writes Hangul decomposed. The stored text stays as written. */
function composed(known: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(known).map(([key, value]) => [key, typeof value === "string" ? value.normalize("NFC") : value]),
  );
}

function validatorOf(name: string): Validator {
  let validator = VALIDATORS.get(name);
  if (validator === undefined) {
    const schema = { $schema: contract.$schema, $defs: contract.$defs, $ref: `#/$defs/${name}` };
    validator = new Validator(schema as unknown as Schema, "2020-12", false);
    VALIDATORS.set(name, validator);
  }
  return validator;
}

/** Only the errors that name a cause: one per field, and never "must be null" for a wrong value. */
function leaves(
  errors: readonly { instanceLocation: string; keyword: string; keywordLocation: string }[],
  properties: Record<string, Field>,
): Fault[] {
  const wrappers = new Set([
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "properties",
    "items",
    "prefixItems",
    "additionalProperties",
  ]);
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const pointer = error.instanceLocation.replace(/^#/, "");
    if (wrappers.has(error.keyword) || (error.keyword === "required" && pointer === "")) continue;
    const [, key = "", ...deeper] = pointer.split("/");
    const declared = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const field =
      deeper.length === 0 ? (declared?.anyOf?.find((branch) => branch.type !== "null") ?? declared) : undefined;
    if (!faults.has(pointer)) faults.set(pointer, { pointer, detail: wordsFor(error.keyword, field) });
  }
  return [...faults.values()];
}

type Words = Fault["detail"];

const NOT_AN_OBJECT: Words = { ko: "JSON 객체여야 해요.", en: "It must be a JSON object." };
const MISSING: Words = { ko: "꼭 필요한 항목이에요.", en: "This field is required." };
const UNKNOWN: Words = { ko: "여기서는 쓰지 않는 항목이에요.", en: "This field does not exist here." };
const BROKEN_TEXT: Words = { ko: "깨진 글자가 들어 있어요.", en: "It contains half of a character." };
const NOT_RIGHT: Words = { ko: "값이 올바르지 않아요.", en: "The value is not valid." };

function wordsFor(keyword: string, field: Field | undefined): Words {
  if (field === undefined) return NOT_RIGHT;
  switch (keyword) {
    case "enum":
      return oneOf(field.enum ?? []);
    case "const":
      return oneOf([field.const]);
    case "type":
      return typed(field);
    case "minimum":
    case "maximum":
      return {
        ko: `${field.minimum}~${field.maximum} 사이여야 해요.`,
        en: `It must lie between ${field.minimum} and ${field.maximum}.`,
      };
    case "minLength":
      return { ko: "비어 있으면 안 돼요.", en: "It must not be empty." };
    case "maxLength":
      return { ko: `${field.maxLength}자까지 쓸 수 있어요.`, en: `It may have at most ${field.maxLength} characters.` };
    case "pattern":
      return field.maxLength === undefined
        ? NOT_RIGHT
        : {
            ko: "보이는 글자가 있어야 하고, 제어 문자는 쓸 수 없어요.",
            en: "It needs visible text and no control characters.",
          };
    default:
      return NOT_RIGHT;
  }
}

function typed(field: Field): Words {
  if (field.enum !== undefined) return oneOf(field.enum);
  switch (field.type) {
    case "string":
      return { ko: "글자여야 해요.", en: "It must be text." };
    case "integer":
      return { ko: "정수여야 해요.", en: "It must be a whole number." };
    case "number":
      return { ko: "숫자여야 해요.", en: "It must be a number." };
    default:
      return NOT_RIGHT;
  }
}

function oneOf(values: readonly unknown[]): Words {
  const list = values.join(", ");
  return { ko: `다음 중 하나여야 해요: ${list}`, en: `It must be one of: ${list}` };
}

function refuse<Body>(pointer: string, detail: Words): BodyVerdict<Body> {
  return { ok: false, faults: [{ pointer, detail }] };
}

/** Whether any text or name contains a lone surrogate. Iterative, since bodies may be nested too deep for recursion. */
function hasLoneSurrogate(value: unknown): boolean {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === "string" && /\p{Surrogate}/u.test(next)) return true;
    if (typeof next === "object" && next !== null) {
      for (const [name, inner] of Object.entries(next)) pending.push(name, inner);
    }
  }
  return false;
}

function pointerTo(key: string): string {
  // A name with a lone surrogate would make the answer itself invalid UTF-8.
  return `/${key
    .slice(0, 100)
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
