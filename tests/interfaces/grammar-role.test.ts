import { Ajv2020 } from 'ajv/dist/2020';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/errors';
import { XgrammarRole } from '../../src/grammar/role';
import { TokenTable } from '../../src/model/text/token-table';
import type { GrammarSource } from '../../src/worker/grammar-source';
import { fixtureFile } from '../support/fixture-files';
import { Random, testSeed } from '../support/random';
import { randomPattern } from '../support/random-pattern';
import { randomSchema } from '../support/random-schema';
import { cases } from '../support/soak';

const seed = testSeed();
/** For the long form. */
const LONG = 600_000;
const STOP = 2;

async function bundledTokens(): Promise<Uint8Array[]> {
  const bytes = await fixtureFile('../../models/sterna-chat-49m/tokenizer.json');
  const table = TokenTable.parse(JSON.parse(new TextDecoder().decode(bytes)), undefined, 8192);
  return Array.from({ length: 8192 }, (_, id) => table.tokenBytes(id));
}

/** Tokens of one byte each, behind three that are no text. */
const BYTES = [
  ...Array.from({ length: 3 }, () => new Uint8Array()),
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
];

/** An engine that knows these tokens, and more rows than there are tokens. */
async function roleOf(tokens: readonly Uint8Array[], dropsFirstSpace = false): Promise<XgrammarRole> {
  const role = new XgrammarRole();
  await role.read({ tokens, vocabSize: tokens.length + 50, stopTokenIds: [STOP], dropsFirstSpace });
  return role;
}

function allowedIn(mask: Uint32Array | undefined): number[] {
  return Array.from(mask ?? []).flatMap((word, index) =>
    Array.from({ length: 32 }, (_, bit) => 32 * index + bit).filter((id) => ((word >>> (id % 32)) & 1) === 1),
  );
}

let grammars = 0;

/** An answer of random tokens, as the grammar allows them; undefined where it has not ended by itself soon. */
async function randomAnswer(
  role: XgrammarRole,
  tokens: readonly Uint8Array[],
  source: GrammarSource,
  random: Random,
  most = 200,
) {
  const id = grammars++;
  await role.compile(id, source);
  const sampled: number[] = [];
  const text: number[] = [];
  while (sampled.length < most) {
    const allowed = allowedIn(await role.mask(id, sampled));
    expect(allowed.every((token) => token === STOP || tokens[token].length > 0)).toBe(true);
    const isShort = allowed.filter((token) => token === STOP || tokens[token].every((byte) => byte === 0x22));
    const token = isShort.length > 0 && random.chance(0.2) ? random.pick(isShort) : random.pick(allowed);
    if (token === STOP) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(text));
    sampled.push(token);
    text.push(...tokens[token]);
  }
  return undefined;
}

const vocabularies = [
  { name: 'bytes', read: () => Promise.resolve(BYTES) },
  { name: 'the bundled model’s tokens', read: bundledTokens },
];

describe.each(vocabularies)(`random answers of $name (seed ${seed})`, ({ read }) => {
  const count = cases({ few: 40, many: 500 });

  it(
    'are valid by a random schema',
    async () => {
      const tokens = await read();
      const role = await roleOf(tokens);
      let ended = 0;
      for (let index = 0; index < count; index++) {
        const random = new Random(seed + index);
        const schema = randomSchema(random);
        const text = await randomAnswer(role, tokens, { kind: 'json', schema, field: 'schema' }, random);
        if (text === undefined) continue;
        ended++;
        // `toString` and the like are names as any others.
        const ajv = new Ajv2020({ strict: false, ownProperties: true });
        const isValid = ajv.validate(schema as object, JSON.parse(text));
        expect(isValid, `${index}: ${JSON.stringify(schema)} gave ${text}: ${ajv.errorsText()}`).toBe(true);
      }
      expect(ended).toBeGreaterThan(count / 4);
    },
    LONG,
  );

  it(
    'match a random regular expression as a whole',
    async () => {
      const tokens = await read();
      const role = await roleOf(tokens);
      let ended = 0;
      for (let index = 0; index < count; index++) {
        const random = new Random(seed + index);
        const { pattern, flags } = randomPattern(random);
        const text = await randomAnswer(role, tokens, { kind: 'regex', pattern, flags, field: 'pattern' }, random, 30);
        if (text === undefined) continue;
        ended++;
        const told = `${index}: /${pattern}/${flags} gave ${JSON.stringify(text)}`;
        expect(new RegExp(`^(?:${pattern})$`, flags).test(text), told).toBe(true);
      }
      expect(ended).toBeGreaterThan(count / 4);
    },
    LONG,
  );
});

const pattern = (source: string, flags = ''): GrammarSource => ({
  kind: 'regex',
  pattern: source,
  flags,
  field: 'pattern',
});

describe('the grammar engine', () => {
  it('allows every text that matches, whatever tokens it is made of', async () => {
    const role = await roleOf(BYTES);
    const id = grammars++;
    for (const [source, text] of [
      ['(?:ab|a.c){2}', 'aéc' + 'ab'],
      ['\\w+@\\w+\\.(?:org|net)', 'a_1@b.org'],
      ['[^\\n]*', ' "日本語" ¿'],
      ['(?:a?){3}b*', 'aabb'],
    ]) {
      await role.compile(id, pattern(source));
      const ids = Array.from(new TextEncoder().encode(text), (byte) => byte + 3);
      for (let length = 0; length <= ids.length; length++) {
        const allowed = allowedIn(await role.mask(id, ids.slice(0, length)));
        expect(allowed, `${source}: ${text} at ${length}`).toContain(ids[length] ?? STOP);
      }
    }
  });

  it('hangs on the sampled tokens alone, in whatever order answers are asked for', async () => {
    const role = await roleOf(BYTES);
    const [first, second] = [grammars++, grammars++];
    await role.compile(first, pattern('ab|cd'));
    await role.compile(second, pattern('xy'));
    const said = (text: string) => Array.from(text, (character) => character.charCodeAt(0) + 3);
    const next = async (id: number, text: string) => allowedIn(await role.mask(id, said(text)));
    expect(await next(first, 'a')).toEqual(said('b'));
    expect(await next(second, 'x')).toEqual(said('y'));
    expect(await next(first, 'c')).toEqual(said('d'));
    expect(await next(first, '')).toEqual(said('ac'));
    expect(await next(first, 'ab')).toEqual([STOP]);
  });

  it('forgets the grammars that were asked for the longest time ago', async () => {
    const role = await roleOf(BYTES);
    for (let id = 0; id < 20; id++) await role.compile(id, pattern('a'));
    expect(await role.mask(0, [])).toBeUndefined();
    expect(await role.mask(19, [])).toBeDefined();
  });

  it('begins with a space where decoding drops one', async () => {
    const role = await roleOf(BYTES, true);
    await role.compile(0, pattern('ab?'));
    expect(allowedIn(await role.mask(0, []))).toEqual([0x20 + 3]);
    expect(allowedIn(await role.mask(0, [0x20 + 3]))).toEqual([0x61 + 3]);
  });

  it('says so where none of the tokens goes on', async () => {
    const role = await roleOf(BYTES.filter(([byte]) => byte !== 0x62));
    await role.compile(0, pattern('ab'));
    const [a] = allowedIn(await role.mask(0, []));
    await expect(role.mask(0, [a])).rejects.toThrow(RequestError);
  });
});
