import type { ChatCompletionMessageParam } from '../openai';
import { responseFormat } from '../response-format';
import type { SessionParams } from '../session-request';
import { notSupported } from './exceptions';
import type { SamplingMode } from './types';

type Fields = Record<string, unknown>;

const ROLES = ['system', 'user', 'assistant'] as const;
/** What the standard has; all but text is not supported. */
const CONTENT_TYPES = ['text', 'image', 'audio', 'tool-call', 'tool-response'];
/** Times the pack's own temperature. */
const SAMPLING_MODES: Record<SamplingMode, number> = {
  'most-predictable': 0,
  predictable: 0.5,
  balanced: 1,
  creative: 1.25,
  'most-creative': 1.5,
};
export const HIGHEST_TEMPERATURE = 2;
export const HIGHEST_TOP_K = 2 ** 20;

/** The messages of an input. @throws TypeError, SyntaxError, NotSupportedError, as the standard says */
export function canonicalMessages(input: unknown, hasSaid: boolean): ChatCompletionMessageParam[] {
  if (!Array.isArray(input)) return [{ role: 'user', content: asString(input) }];
  if (input.length === 0) return [{ role: 'user', content: '' }];
  return input.map((message: unknown, index) => {
    const { role, content, prefix } = fields(message, 'a message');
    const known = ROLES.find((one) => one === role);
    if (known === undefined) throw new TypeError(`"${String(role)}" is no role`);
    if (prefix === true) {
      if (known !== 'assistant' || index < input.length - 1) {
        throw new DOMException('only the last message may be a prefix, and the assistant’s', 'SyntaxError');
      }
      throw notSupported('a message that is a prefix');
    }
    if (known === 'system' && (hasSaid || index > 0)) throw new TypeError('a system message must be the first of all');
    return { role: known, content: Array.isArray(content) ? content.map(text).join('') : asString(content) };
  });
}

function asString(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a prompt must be a string or a list of messages');
  return value;
}

function text(part: unknown): string {
  const { type, value } = fields(part, 'a part of a message');
  checkType(type);
  return asString(value);
}

function checkType(type: unknown): void {
  if (!CONTENT_TYPES.includes(String(type))) throw new TypeError(`"${String(type)}" is no type of content`);
  if (type !== 'text') throw notSupported(`content of type "${String(type)}"`);
}

/** @throws TypeError, RangeError, and NotSupportedError for what no session could have */
export function checkOptions({ expectedInputs, expectedOutputs, tools }: Fields): void {
  for (const expected of [...list(expectedInputs, 'expectedInputs'), ...list(expectedOutputs, 'expectedOutputs')]) {
    const { type, languages } = fields(expected, 'expected content');
    Intl.getCanonicalLocales(list(languages, 'languages').map(String));
    checkType(type);
  }
  if (list(tools, 'tools').length > 0) throw notSupported('tools');
}

/** How answers are sampled. @throws TypeError, RangeError */
export function samplingParams({ samplingMode, topK, temperature }: Fields, ofPack: number): SessionParams {
  if (samplingMode !== undefined) {
    if (topK !== undefined || temperature !== undefined) {
      throw new TypeError('samplingMode may not stand beside topK or temperature');
    }
    const factor = Object.entries(SAMPLING_MODES).find(([mode]) => mode === samplingMode)?.[1];
    if (factor === undefined) throw new TypeError('samplingMode is none of the five that there are');
    return { temperature: Math.min(factor * ofPack, HIGHEST_TEMPERATURE) };
  }
  const params: SessionParams = {};
  if (topK !== undefined) params.top_k = Math.min(Math.trunc(atLeast(topK, 1, 'topK')), HIGHEST_TOP_K);
  if (temperature !== undefined) {
    params.temperature = Math.min(atLeast(temperature, 0, 'temperature'), HIGHEST_TEMPERATURE);
  }
  return params;
}

function atLeast(value: unknown, least: number, name: string): number {
  const number = Number(value);
  if (!(number >= least)) throw new RangeError(`${name} must be ${least} or more`);
  return number;
}

/** What one answer has to be. @throws TypeError; NotSupportedError where no grammar engine could see to it */
export function answerParams(
  { responseConstraint, omitResponseConstraintInput }: Fields,
  hasGrammar: boolean,
): SessionParams {
  if (responseConstraint == null) {
    if (omitResponseConstraintInput) throw new TypeError('omitResponseConstraintInput needs a responseConstraint');
    return {};
  }
  if (typeof responseConstraint !== 'object' || Array.isArray(responseConstraint)) {
    throw new TypeError('responseConstraint must be a regular expression or a JSON schema, an object');
  }
  if (!hasGrammar) {
    const reason =
      'responseConstraint needs a grammar engine: define or install LanguageModel with { grammar: xgrammar(), … }, xgrammar of "sterna/grammar"';
    throw new DOMException(reason, 'NotSupportedError');
  }
  return { response_format: responseFormat(responseConstraint as Record<string, unknown>) };
}

export function list(value: unknown, name: string): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a list`);
  return value as unknown[];
}

/** @throws TypeError */
export function fields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${name} must be an object`);
  return { ...value };
}
