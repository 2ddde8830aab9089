import { describe, expect, test } from 'vitest';
import { TemplateError } from '../../../src/errors';
import type { ChatMessage } from '../../../src/model/text/chat-message';
import { ChatTemplate } from '../../../src/model/text/chat-template';
import { Tokenizer } from '../../../src/model/text/tokenizer';
import { packedTemplate } from '../../support/chat-template';
import {
  bundledTokenizer,
  bundledTokenizerConfig,
  greedyCases,
  sentencePieceJson,
  templates,
} from '../../support/text-fixtures';

const tokenizer = bundledTokenizer();
const hello: ChatMessage[] = [{ role: 'user', content: 'Hello!' }];
const parse = (chat_template: unknown, jinja?: string) =>
  packedTemplate({ bos_token: '<|endoftext|>', eos_token: '<|im_end|>', chat_template }, tokenizer, jinja);
const encode = (template: string, messages = hello) => parse(template)?.encode(messages);

/** What encoding throws. */
function refusal(run: () => unknown): TemplateError {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('encodes as HF does', () => {
  test.each(greedyCases())('the bundled model: $prompt', ({ prompt, ids }) => {
    const template = packedTemplate(bundledTokenizerConfig(), tokenizer);
    expect(template?.encode([{ role: 'user', content: prompt }])).toEqual(ids);
  });

  test.each(templates())('a template with $name', ({ tokenizer: which, template, bos_token, eos_token, cases }) => {
    const own = which === 'bundled' ? tokenizer : Tokenizer.parse(sentencePieceJson(), undefined, 1000);
    const chat = packedTemplate({ chat_template: template, bos_token, eos_token }, own);
    for (const [messages, ids] of cases) expect(chat?.encode(messages), JSON.stringify(messages)).toEqual(ids);
  });

  test('the bundled model again and again: a conversation starts with the ids of what came before', () => {
    const template = packedTemplate(bundledTokenizerConfig(), tokenizer);
    const first = template?.encode(hello) ?? [];
    const answer: ChatMessage = { role: 'assistant', content: 'Hello there! How can I help you?' };
    const second = template?.encode([...hello, answer, { role: 'user', content: 'Who are you?' }]) ?? [];
    const [{ greedy }] = greedyCases();
    expect(second.slice(0, first.length + greedy.length + 1)).toEqual([...first, ...greedy, 2]);
  });

  test('without what opens the answer', () => {
    const template = packedTemplate(bundledTokenizerConfig(), tokenizer);
    expect(template?.encode(hello, false)).toEqual(template?.encode(hello).slice(0, -3));
  });
});

describe('the template is found', () => {
  const ids = (text: string) => tokenizer.encodeText(text);

  test('in the config, alone or by the name "default"', () => {
    const named = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'chat' },
    ];
    expect(parse('chat')?.encode(hello)).toEqual(ids('chat'));
    expect(parse(named)?.encode(hello)).toEqual(ids('chat'));
    expect(parse({ default: 'chat', tool_use: 'tools' })?.encode(hello)).toEqual(ids('chat'));
  });

  test('in a file of its own, which goes first', () => {
    expect(parse('config', 'file')?.encode(hello)).toEqual(ids('file'));
  });

  test('or is not there', () => {
    expect(parse(undefined)).toBeUndefined();
    expect(parse(null)).toBeUndefined();
    expect(parse([{ name: 'tool_use', template: 'tools' }])).toBeUndefined();
    expect(packedTemplate(undefined, tokenizer)).toBeUndefined();
  });
});

describe('a template is refused', () => {
  test.each([[7], [['chat']], [[{ name: 'default' }]], [{ default: 7 }]])('as %j', (template) => {
    const error = refusal(() => parse(template));
    expect([error.file, error.field]).toEqual(['tokenizer_config.json', 'chat_template']);
  });

  test('that is broken', () => {
    const error = refusal(() => parse('{% for m in messages %}'));
    expect(error.reason).toMatch(/^is not a valid template: /);
    expect(error.field).toBe('chat_template');
    expect(refusal(() => parse(undefined, '{{')).file).toBe('chat_template.jinja');
  });

  test.each([
    ['{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}', '"caller" of macros'],
    ['{% macro m(a) %}{{ varargs }}{% endmacro %}{{ m(1, 2) }}', '"varargs" of macros'],
    ['{% macro m() %}{% if 1 %}{{ [kwargs.x] }}{% endif %}{% endmacro %}{{ m(x=1) }}', '"kwargs" of macros'],
    ['{% call nothing() %}{% endcall %}', '{% call %}'],
    [`{{ ${'9'.repeat(400)} }}`, 'a number that is too large'],
  ])('that uses what packs cannot have: %s', (source, part) => {
    const error = refusal(() => parse(source));
    expect(error.message).toBe(`tokenizer_config.json: chat_template: uses ${part}, which packs cannot have`);
    expect(encode('{% macro m(a, b=2) %}{{ a ~ b }}{% endmacro %}{{ m(1) }}{{ kwargs }}')).toEqual(
      tokenizer.encodeText('12'),
    );
  });

  test.each([
    [undefined, undefined],
    [[], 'version'],
    [{ version: 2, literals: [], body: [] }, 'version'],
    [{ version: 1, literals: [7], body: [] }, 'literals.0'],
    [{ version: 1, literals: [], body: [null] }, 'body.0'],
    [{ version: 1, literals: [], body: 'x' }, 'body'],
  ])('whose tree is %j', (tree, field) => {
    const error = refusal(() => ChatTemplate.parse(tree, undefined, tokenizer));
    expect([error.file, error.field]).toEqual(['chat_template.tree.json', field]);
  });

  test('whose tree has nodes of no kind that there is', () => {
    const template = ChatTemplate.parse({ version: 1, literals: [], body: [{ type: 'Spell' }] }, undefined, tokenizer);
    expect(refusal(() => template.encode(hello)).message).toBe('chat_template.tree.json: Unknown node type: Spell');
  });

  test('that is too long', () => {
    expect(refusal(() => parse('x'.repeat(2 ** 18 + 1))).reason).toContain('longer');
  });

  test('that gives too long a prompt', () => {
    const doubled =
      "{% set ns = namespace(t='x') %}{% for i in range(30) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}";
    expect(refusal(() => encode(doubled))).toBeInstanceOf(TemplateError);
    expect(refusal(() => encode(doubled.replace('30', '24'))).reason).toContain('more than');
  });

  test('that never ends by itself', () => {
    expect(refusal(() => encode('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'))).toBeInstanceOf(TemplateError);
  });

  test('that refuses the conversation, with what it says', () => {
    const source =
      "{% if messages[0].role != 'user' %}{{ raise_exception('The first message must be from a user.') }}{% endif %}ok";
    expect(encode(source)).toEqual(tokenizer.encodeText('ok'));
    const error = refusal(() => encode(source, [{ role: 'system', content: '' }]));
    expect(error.message).toBe('chat_template.tree.json: The first message must be from a user.');
  });

  test('that refuses it without a word', () => {
    expect(refusal(() => encode("{{ raise_exception('') }}")).reason).toBe('it fails and does not say why');
    expect(refusal(() => encode('{% break %}')).reason).toBe('it fails and does not say why');
  });

  test('that fails', () => {
    expect(refusal(() => encode('{{ messages | nonsense }}')).reason).toContain('nonsense');
    expect(refusal(() => encode('{{ messages[9].content.trim() }}'))).toBeInstanceOf(TemplateError);
  });
});
