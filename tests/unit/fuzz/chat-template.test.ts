import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackError, TemplateError, TokenizerError } from '../../../src/errors';
import type { ChatMessage } from '../../../src/model/text/chat-message';
import { ChatTemplate } from '../../../src/model/text/chat-template';
import { PromptRole } from '../../../src/worker/prompt-role';
import { compileTemplate } from '../../../tools/compile-template';
import { templateSource } from '../../../tools/template-source';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { randomTemplate } from '../../support/random-template';
import { cases } from '../../support/soak';
import { bundledTokenizer, templates } from '../../support/text-fixtures';
import { byteTextSource, TOKENS } from '../../support/tiny-pack';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const KINDS = [TemplateError, TokenizerError];

const message: fc.Arbitrary<ChatMessage> = fc.record({
  role: fc.constantFrom('system', 'user', 'assistant'),
  content: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('<|end|>', '<|start|>system', '{{ messages }}', '{% raw %}', '\ud800', '__proto__', ''),
  ),
});
const messages = fc.array(message, { minLength: 1, maxLength: 4 });

/** Ids inside the vocabulary, with control tokens that the template spells out itself; or an error with the file's name. */
function encodesOrIsRefused(template: string, conversation: ChatMessage[]): void {
  const source = resultOrRefusal(() => byteTextSource(template), KINDS, 'tokenizer_config.json');
  if (source === undefined) return;
  const role = new PromptRole();
  const canChat = resultOrRefusal(() => role.read(source), KINDS, 'chat_template.tree.json');
  if (canChat === undefined) return;
  expect(canChat).toBe(true);
  const ids = resultOrRefusal(() => role.encode(conversation), KINDS, 'chat_template.tree.json');
  if (ids === undefined) return;
  expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id <= TOKENS.end)).toBe(true);
  if (!/start|end|_token|\\/.test(template)) expect(ids.some((id) => id >= TOKENS.start)).toBe(false);
}

describe(`a hostile chat template (seed ${seed})`, () => {
  it('gives ids or is refused where Jinja’s grammar made it', () => {
    let valid = 0;
    fc.assert(
      fc.property(randomTemplate, messages, (template, conversation) => {
        encodesOrIsRefused(template, conversation);
        valid += resultOrRefusal(() => byteTextSource(template), KINDS) === undefined ? 0 : 1;
      }),
      parameters,
    );
    // Else the test would be about the parser alone.
    expect(valid).toBeGreaterThan(parameters.numRuns / 4);
  });

  it('gives ids or is refused whatever its text', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(fc.property(text, messages, encodesOrIsRefused), parameters);
  });

  it('gives ids or is refused where its tree was changed', () => {
    const tokenizer = bundledTokenizer();
    for (const { template } of templates()) {
      const tree = mutated(compileTemplate({ chat_template: template }));
      fc.assert(
        fc.property(tree, messages, (json, conversation) => {
          const encode = () => ChatTemplate.parse(json, undefined, tokenizer).encode(conversation);
          resultOrRefusal(encode, KINDS, 'chat_template.tree.json');
        }),
        { seed, numRuns: cases({ few: 200, many: 2000 }) },
      );
    }
  });

  it('is refused where its tree was cut off, wherever that was', () => {
    const { files, ...source } = byteTextSource();
    const tree = files.get('chat_template.tree.json') ?? new Uint8Array();
    expect(tree.length).toBeGreaterThan(100);
    for (let length = 0; length < tree.length; length++) {
      const cut = new Map(files).set('chat_template.tree.json', tree.subarray(0, length));
      const read = () => new PromptRole().read({ ...source, files: cut });
      expect(resultOrRefusal(read, [PackError], 'chat_template.tree.json'), `${length} bytes`).toBeUndefined();
    }
  });

  it('is found or refused whatever the field holds', () => {
    fc.assert(
      fc.property(hostileValue, hostileValue, (value, other) => {
        const place = 'tokenizer_config.json';
        for (const chat_template of [
          value,
          [{ name: 'default', template: value }, other],
          { default: value, x: other },
        ]) {
          const source = resultOrRefusal(() => templateSource({ chat_template }, place), [TemplateError], place);
          // An object as the value may hold a template of its own.
          if (source !== undefined && typeof value !== 'object') expect(source).toBe(value);
        }
      }),
      parameters,
    );
  });

  it.each([
    ['brackets', '{{ ' + '('.repeat(100_000) + ' }}'],
    ['lists', '{{ ' + '['.repeat(100_000) + ']'.repeat(100_000) + ' }}'],
    ['conditions', '{% if x %}'.repeat(20_000)],
    ['loops', '{% for x in messages %}'.repeat(10_000) + '{% endfor %}'.repeat(10_000)],
    ['filters', '{{ x' + ' | upper'.repeat(30_000) + ' }}'],
    ['minus signs', '{{ ' + '-'.repeat(200_000) + '1 }}'],
    ['opened expressions', '{{'.repeat(100_000)],
    ['opened comments', '{#'.repeat(100_000)],
    ['quotes', "{{ '" + "\\'".repeat(100_000) + ' }}'],
  ])('gives ids or is refused however many %s it has', (_, template) => {
    encodesOrIsRefused(template, [{ role: 'user', content: 'Hi' }]);
  });
});
