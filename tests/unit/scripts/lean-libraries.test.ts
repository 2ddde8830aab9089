import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import type pRetry from 'p-retry';
import { describe, expect, it } from 'vitest';
import { leanLibraries } from '../../../scripts/lean-libraries.js';
import { temporaryFolder } from '../../support/temporary-folder';

const context = {
  error: (message: string) => {
    throw new Error(message);
  },
};

function built(code: string, id: string): string | undefined {
  const plugin = { ...leanLibraries(), ...context } as unknown as {
    transform(code: string, id: string): { code: string } | undefined;
  };
  return plugin.transform(code, id)?.code;
}

/** A library as a build has it. */
async function lean(name: string): Promise<unknown> {
  const path = createRequire(import.meta.url)
    .resolve(name)
    .replace(/\.cjs$/, name.endsWith('jinja') ? '.js' : '.mjs');
  const file = join(await temporaryFolder(), 'library.mjs');
  writeFileSync(file, built(readFileSync(path, 'utf8'), path) ?? '');
  return import(pathToFileURL(file).href);
}

const normalizers = [
  ...['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents'].map((type) => ({ type })),
  { type: 'Strip', strip_left: true, strip_right: true },
  { type: 'Prepend', prepend: '_' },
  { type: 'Replace', pattern: { String: 'l' }, content: 'L' },
];
const preTokenizers = [
  { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
  { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always' },
  { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Isolated', invert: false },
  { type: 'Replace', pattern: { Regex: 'o' }, content: '0' },
];

describe('the libraries in a build', () => {
  it('do with every part of a tokenizer that Sterna takes what the whole libraries do', async () => {
    const library = (await lean('@huggingface/tokenizers')) as { Tokenizer: typeof Tokenizer };
    const text = ' Héllo wo\u0308rld, hello! ';
    // One token a character, so that each change of the text shows.
    const characters = Array.from({ length: 0x2fff }, (_, index) => String.fromCharCode(index));
    const model = {
      type: 'BPE',
      vocab: Object.fromEntries(characters.map((character, index) => [character, index])),
      merges: [],
      unk_token: null,
    };
    const ids = new Set<string>();
    for (const normalizer of normalizers) {
      for (const preTokenizer of preTokenizers) {
        const parts = {
          added_tokens: [],
          normalizer: { type: 'Sequence', normalizers: [normalizer] },
          pre_tokenizer: { type: 'Sequence', pretokenizers: [preTokenizer] },
          post_processor: null,
          decoder: null,
          model,
        };
        const expected = new Tokenizer(parts, {}).encode(text).ids;
        expect(new library.Tokenizer(parts, {}).encode(text).ids).toEqual(expected);
        ids.add(expected.join());
      }
    }
    // The parts do make a difference.
    expect(ids.size).toBeGreaterThan(20);
  });

  it('render a template alike', async () => {
    const library = (await lean('@huggingface/jinja')) as { Template: typeof Template };
    const source = "{% for m in messages %}{{ loop.index ~ ': ' ~ m.content | trim | upper }}\n{% endfor %}";
    const items = { messages: [{ content: ' one' }, { content: 'two ' }] };
    expect(new library.Template(source).render(items)).toBe('1: ONE\n2: TWO\n');
  });

  it('try again alike', async () => {
    const library = (await lean('p-retry')) as { default: typeof pRetry };
    const failures = (error: Error) => {
      let tries = 0;
      const attempt = () => Promise.reject(Object.assign(error, { tries: ++tries }));
      return library.default(attempt, { retries: 2, minTimeout: 1 });
    };
    await expect(failures(new Error('no'))).rejects.toMatchObject({ message: 'no', tries: 3 });
    await expect(failures(new TypeError('a bug'))).rejects.toMatchObject({ message: 'a bug', tries: 1 });
    await expect(
      library.default((tries) => (tries === 3 ? tries : Promise.reject(new Error())), { minTimeout: 1 }),
    ).resolves.toBe(3);
  });

  it('are told from other files, and from libraries of another form', () => {
    expect(built('new Digits_default(config)', '/src/digits.ts')).toBeUndefined();
    expect(() => built('export {}', '/node_modules/@huggingface/jinja/dist/index.js')).toThrow('format(this.parsed');
  });
});
