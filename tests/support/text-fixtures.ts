import { readFileSync } from 'node:fs';
import type { ChatMessage } from '../../src/model/text/chat-message';
import { Tokenizer } from '../../src/model/text/tokenizer';
import type { Random } from './random';

/** Fields of a `tokenizer.json`, to be replaced in tests. */
export type TokenizerJson = Record<string, unknown> & {
  added_tokens: Record<string, unknown>[];
  model: Record<string, unknown> & { vocab: Record<string, number>; merges: unknown[] };
};

/** Encodings by HF's tokenizers of one tokenizer with some parts replaced; see tests/fixtures/text/README.md. */
export interface EncodingCases {
  parts: Partial<TokenizerJson>;
  cases: [text: string, ids: number[]][];
  templates?: [segments: (string | number)[], ids: number[]][];
}

export interface TemplateCases {
  name: string;
  tokenizer: 'bundled' | 'sentencepiece';
  template: string;
  bos_token: string;
  eos_token: string;
  cases: [messages: ChatMessage[], ids: number[]][];
}

export interface GreedyCase {
  prompt: string;
  ids: number[];
  greedy: number[];
  text: string;
}

const BUNDLED = new URL('../../models/sterna-chat-49m/', import.meta.url);
const FIXTURES = new URL('../fixtures/text/', import.meta.url);

export const VOCAB_SIZE = 8192;

export function bundledTokenizerJson(): TokenizerJson {
  return readJson(new URL('tokenizer.json', BUNDLED)) as TokenizerJson;
}

export function bundledTokenizerConfig(): Record<string, unknown> {
  return readJson(new URL('tokenizer_config.json', BUNDLED)) as Record<string, unknown>;
}

export function bundledTokenizer(): Tokenizer {
  return Tokenizer.parse(bundledTokenizerJson(), bundledTokenizerConfig(), VOCAB_SIZE);
}

export function sentencePieceJson(): TokenizerJson {
  return readJson(new URL('sentencepiece.json', FIXTURES)) as TokenizerJson;
}

export function encodings(): Record<'byteLevel' | 'sentencePiece', Record<string, EncodingCases>> {
  return readJson(new URL('encodings.json', FIXTURES)) as Record<
    'byteLevel' | 'sentencePiece',
    Record<string, EncodingCases>
  >;
}

export function templates(): TemplateCases[] {
  return (readJson(new URL('templates.json', FIXTURES)) as { templates: TemplateCases[] }).templates;
}

export function greedyCases(): GreedyCase[] {
  return readJson(new URL('greedy.json', FIXTURES)) as GreedyCase[];
}

/** Ranges of code points, from ASCII (several times) over marks, bidirectional and wide scripts to emoji and private use. */
const RANGES: readonly [low: number, high: number][] = [
  ...Array.from({ length: 4 }, (): [number, number] => [0x20, 0x7e]),
  [0, 0x1f],
  [0x7f, 0x24f],
  [0x300, 0x36f],
  [0x370, 0x5ff],
  [0x600, 0xdff],
  [0x2000, 0x2bff],
  [0x2c00, 0x2c5f],
  [0x3000, 0x9fff],
  [0xac00, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x1ffff],
  [0xe0000, 0x10ffff],
];

/** A well-formed text of up to `length` code points from all over Unicode, in which some of `words` occur. */
export function randomText(random: Random, length: number, words: readonly string[] = []): string {
  return Array.from({ length: random.integer(0, length) }, () => {
    if (words.length > 0 && random.chance(0.25)) return random.pick(words);
    const [low, high] = random.pick(RANGES);
    return String.fromCodePoint(random.integer(low, high));
  }).join('');
}

function readJson(url: URL): unknown {
  return JSON.parse(readFileSync(url, 'utf8'));
}
