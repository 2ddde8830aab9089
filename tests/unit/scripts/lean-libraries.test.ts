import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import type * as comlink from 'comlink';
import fc from 'fast-check';
import type * as idbKeyval from 'idb-keyval';
import type pRetry from 'p-retry';
import * as valibot from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { leanLibraries } from '../../../scripts/lean-libraries.js';
import { SternaError } from '../../../src/errors';
import { compileTemplate } from '../../../tools/compile-template';
import { testSeed } from '../../support/random';
import { randomTemplate } from '../../support/random-template';
import { cases } from '../../support/soak';
import { temporaryFolder } from '../../support/temporary-folder';
import { templates } from '../../support/text-fixtures';

const seed = testSeed();
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

/** A library as a build has it, by its file in node_modules. */
async function lean(path: string): Promise<unknown> {
  const source = join(import.meta.dirname, '../../../node_modules', path);
  const file = join(await temporaryFolder(), 'library.mjs');
  // Its source map stays where it was.
  const code = readFileSync(source, 'utf8').replace(/^\/\/# sourceMappingURL.*/m, '');
  writeFileSync(file, built(code, source) ?? '');
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

/** The ids of a text by the parts of a tokenizer, as src/model/text/tokenizer.ts uses them. */
function encoded({ normalizer, pre_tokenizer: preTokenizer, model }: Tokenizer, text: string): number[] {
  const normalized = normalizer?.normalize(text) ?? text;
  const words = preTokenizer?.pre_tokenize(normalized, { section_index: 0 }) ?? [normalized];
  return (model?.(words) ?? []).flatMap((token) => model?.tokens_to_ids.get(token) ?? []);
}

describe('the libraries in a build', () => {
  it('do with every part of a tokenizer that Sterna takes what the whole libraries do', async () => {
    const library = (await lean('@huggingface/tokenizers/dist/tokenizers.mjs')) as { Tokenizer: typeof Tokenizer };
    const text = ' Héllo wo\u0308rld, hello! ';
    // One token a character, so that each change of the text shows.
    const characters = Array.from({ length: 0x2fff }, (_, index) => String.fromCharCode(index));
    const model = {
      type: 'BPE',
      vocab: Object.fromEntries([...characters, 'wo', 'hel', 'he'].map((token, index) => [token, index])),
      merges: [
        ['w', 'o'],
        ['h', 'e'],
        ['he', 'l'],
      ],
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
        expect(encoded(new library.Tokenizer(parts, {}), text)).toEqual(expected);
        ids.add(expected.join());
      }
    }
    // The parts do make a difference.
    expect(ids.size).toBeGreaterThan(20);
  });

  it(`render a template's tree as the whole library renders the template (seed ${seed})`, async () => {
    const library = (await lean('@huggingface/jinja/dist/index.js')) as { Template: typeof Template };
    vi.useFakeTimers({ toFake: ['Date'] });
    const messages = ['system', 'user', 'assistant', 'user'].map((role) => ({ role, content: ` ${role}'s A\nb ` }));
    const items = { messages, bos_token: '<s>', eos_token: '</s>', add_generation_prompt: true, tools: null };
    let rendered = 0;
    const compare = (chat_template: string) => {
      let tree;
      try {
        tree = compileTemplate({ chat_template });
      } catch (error) {
        if (error instanceof SternaError) return;
        throw error;
      }
      const body = JSON.parse(JSON.stringify(tree?.body)) as { type: string }[];
      const outcome = (template: Template) => {
        try {
          rendered++;
          return template.render(items);
        } catch (error) {
          return String(error);
        }
      };
      const expected = outcome(new Template(chat_template));
      for (const one of [Template, library.Template]) {
        const template = new one('');
        Object.assign(template.parsed, { body });
        expect(outcome(template)).toBe(expected);
      }
    };
    for (const { template } of templates()) compare(template);
    fc.assert(fc.property(randomTemplate, compare), { seed, numRuns: cases({ few: 1000, many: 5000 }) });
    expect(rendered).toBeGreaterThan(1000);
    vi.useRealTimers();
  });

  it('carry calls, callbacks and failures over a border alike', async () => {
    const library = (await lean('comlink/dist/esm/comlink.mjs')) as typeof comlink;
    const { port1, port2 } = new MessageChannel();
    const plain = library.transferHandlers.get('throw');
    library.transferHandlers.set('throw', {
      canHandle: (value): value is { value: unknown } => plain?.canHandle(value) === true,
      serialize: ({ value }: { value: unknown }) => [String(value), []],
      deserialize: (text: string) => {
        throw new RangeError(text);
      },
    });
    const far = {
      size: 3,
      add: (a: number, b: number) => a + b,
      ask: async (question: (word: string) => Promise<string>) => `${await question('why')}!`,
      fail: () => {
        throw new Error('no');
      },
      [library.finalizer]: vi.fn(),
    };
    library.expose(far, port1);
    const near = library.wrap<typeof far>(port2);
    expect(await near.size).toBe(3);
    expect(await near.add(1, 2)).toBe(3);
    expect(await near.ask(library.proxy((word: string) => Promise.resolve(`${word}?`)))).toBe('why?!');
    await expect(near.fail()).rejects.toThrow(new RangeError('Error: no'));
    near[library.releaseProxy]();
    await vi.waitFor(() => {
      expect(far[library.finalizer]).toHaveBeenCalledOnce();
    });
    expect(() => near.size).toThrow('released');
  });

  it('read and write a store of records alike', async () => {
    const library = (await lean('idb-keyval/dist/index.js')) as typeof idbKeyval;
    const requested = (result: unknown) => {
      const request = { result, onsuccess: () => undefined };
      queueMicrotask(() => {
        request.onsuccess();
      });
      return request;
    };
    const store = {
      get: (key: string) => requested(`the value of ${key}`),
      getAllKeys: () => requested(['a', 'b']),
      getAll: () => requested([1, 2]),
    };
    const use = ((_, callback) => callback(store as unknown as IDBObjectStore)) as idbKeyval.UseStore;
    expect(await library.get('a', use)).toBe('the value of a');
    expect(await library.keys(use)).toEqual(['a', 'b']);
    expect(await library.entries(use)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('find the same issues in the same places', async () => {
    const library = (await lean('valibot/dist/index.mjs')) as typeof valibot;
    const issuesBy = (v: typeof valibot) => {
      const schema = v.object({
        list: v.array(v.pipe(v.string(), v.minLength(2))),
        kind: v.variant('type', [v.strictObject({ type: v.literal('a'), size: v.optional(v.number(), 1) })]),
        either: v.union([v.picklist(['x', 'y']), v.boolean()], 'is neither'),
      });
      const wrong = { list: ['ab', 'c', 3], kind: { type: 'a', size: '1', more: 0 }, either: null };
      const { issues } = v.safeParse(schema, wrong);
      expect(v.parse(schema, { list: [], kind: { type: 'a' }, either: true }).kind.size).toBe(1);
      return issues?.map((issue) => [issue.message, v.getDotPath(issue)]);
    };
    expect(issuesBy(library)).toEqual(issuesBy(valibot));
    expect(issuesBy(library)).toHaveLength(5);
  });

  it('try again alike', async () => {
    const library = (await lean('p-retry/index.js')) as { default: typeof pRetry };
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
    expect(() => built('export {}', '/node_modules/@huggingface/jinja/dist/index.js')).toThrow('format(options');
  });
});
