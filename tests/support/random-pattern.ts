import type { Random } from './random';

const ATOMS = ['a', 'b', 'ß', '日', '\\.', '\\/', '-', '"', '\\\\', '\\x41', '\\u00e9', '\\t', ' '];
const CLASSES = [
  '.',
  '\\d',
  '\\w',
  '\\S',
  '\\D',
  '[a-f]',
  '[^a-y]',
  '[äöü\\d]',
  '[^]',
  '[\\w.-]',
  '[^\\s"]',
  '[\\]\\[^]',
  '[+--]',
];
const COUNTS = ['', '', '', '?', '*', '+', '{2}', '{1,3}', '{0,2}?', '{2,}', '*?', '+?', '??'];
/** Few: what can match in very many ways takes the engine long. */
const GROUP_COUNTS = ['', '', '?', '{1,2}'];
/** What needs or has another meaning with the flag u. */
const UNICODE = ['😀', '[😀-😎]', '\\u{1F600}', '.', '[^a]', '\\W'];

/** A regular expression of JavaScript, with flags. */
export function randomPattern(random: Random): { pattern: string; flags: string } {
  const flags = random.pick(['', '', 'u', 's', 'us']);
  const body = alternatives(random, flags, 1);
  return { pattern: random.pick([body, body, `^${term(random, flags, 1)}$`, `^${term(random, flags, 1)}|b$`]), flags };
}

function alternatives(random: Random, flags: string, depth: number): string {
  const count = random.pick([1, 1, 2, 3]);
  return Array.from({ length: count }, () => sequence(random, flags, depth)).join('|');
}

function sequence(random: Random, flags: string, depth: number): string {
  return Array.from({ length: random.integer(0, 3) }, () => term(random, flags, depth)).join('');
}

function term(random: Random, flags: string, depth: number): string {
  const group = () =>
    `${random.pick(['(', '(?:', `(?<n${random.uint32()}>`])}${alternatives(random, flags, depth - 1)})`;
  const atoms = flags.includes('u') ? [...ATOMS, ...CLASSES, ...UNICODE] : [...ATOMS, ...CLASSES];
  const isGroup = depth > 0 && random.chance(0.3);
  return isGroup ? group() + random.pick(GROUP_COUNTS) : random.pick(atoms) + random.pick(COUNTS);
}
