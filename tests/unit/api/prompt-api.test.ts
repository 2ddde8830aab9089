import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { answerParams, canonicalMessages, checkOptions, samplingParams } from '../../../src/api/prompt-api/canonical';
import { asException } from '../../../src/api/prompt-api/exceptions';
import { DownloadError, GpuError, RequestError, TemplateError } from '../../../src/errors';

const user = (content: unknown) => ({ role: 'user', content });

/** What a call throws, by the name that pages look at. */
function nameOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).name;
  }
  return 'nothing';
}

describe('the messages of an input', () => {
  it.each([
    ['Hi', [user('Hi')]],
    [[], [user('')]],
    [[user('Hi')], [user('Hi')]],
    [[user([])], [user('')]],
    [
      [
        user([
          { type: 'text', value: 'a' },
          { type: 'text', value: 'b' },
        ]),
        { role: 'assistant', content: 'c', prefix: false },
      ],
      [user('ab'), { role: 'assistant', content: 'c' }],
    ],
    [
      [{ role: 'system', content: 's' }, user('Hi')],
      [{ role: 'system', content: 's' }, user('Hi')],
    ],
  ])('of %j are %j', (input, messages) => {
    expect(canonicalMessages(input, false)).toEqual(messages);
  });

  it.each([
    ['TypeError', 7],
    ['TypeError', [null]],
    ['TypeError', [{ role: 'tool', content: '' }]],
    ['TypeError', [{ role: 'user' }]],
    ['TypeError', [user([{ type: 'text', value: 1 }])]],
    ['TypeError', [user([{ type: 'smell', value: '' }])]],
    ['TypeError', [user('Hi'), { role: 'system', content: '' }]],
    ['NotSupportedError', [user([{ type: 'image', value: new Uint8Array() }])]],
    ['NotSupportedError', [user([{ type: 'audio', value: new Uint8Array() }])]],
    ['NotSupportedError', [{ role: 'assistant', content: '', prefix: true }]],
    ['SyntaxError', [{ role: 'user', content: '', prefix: true }]],
    ['SyntaxError', [{ role: 'assistant', content: '', prefix: true }, user('')]],
  ])('are refused with a %s: %j', (name, input) => {
    expect(nameOf(() => canonicalMessages(input, false))).toBe(name);
  });

  it('begin with no system message where something was said before', () => {
    expect(nameOf(() => canonicalMessages([{ role: 'system', content: '' }], true))).toBe('TypeError');
  });
});

describe('options', () => {
  it.each([
    ['nothing', {}],
    ['nothing', { expectedInputs: [{ type: 'text', languages: ['en', 'de-CH'] }], expectedOutputs: [], tools: [] }],
    ['NotSupportedError', { tools: [{ name: 'clock' }] }],
    ['NotSupportedError', { expectedInputs: [{ type: 'text' }, { type: 'image' }] }],
    ['NotSupportedError', { expectedOutputs: [{ type: 'audio' }] }],
    ['TypeError', { expectedInputs: [{ type: 'smell' }] }],
    ['TypeError', { expectedInputs: 'text' }],
    ['RangeError', { expectedInputs: [{ type: 'text', languages: ['no language'] }] }],
  ])('give %s: %j', (name, options) => {
    expect(
      nameOf(() => {
        checkOptions(options);
      }),
    ).toBe(name);
  });

  it('say how answers are sampled', () => {
    expect(samplingParams({}, 0.8)).toEqual({});
    expect(samplingParams({ topK: 3.7, temperature: 0.5 }, 0.8)).toEqual({ top_k: 3, temperature: 0.5 });
    expect(samplingParams({ topK: Infinity, temperature: 9 }, 0.8)).toEqual({ top_k: 2 ** 20, temperature: 2 });
    expect(samplingParams({ samplingMode: 'most-predictable' }, 0.8)).toEqual({ temperature: 0 });
    expect(samplingParams({ samplingMode: 'balanced' }, 0.8)).toEqual({ temperature: 0.8 });
    expect(samplingParams({ samplingMode: 'most-creative' }, 1.8)).toEqual({ temperature: 2 });
    expect(nameOf(() => samplingParams({ samplingMode: 'wild' }, 1))).toBe('TypeError');
    expect(nameOf(() => samplingParams({ samplingMode: 'toString' }, 1))).toBe('TypeError');
    expect(nameOf(() => samplingParams({ samplingMode: 'creative', topK: 1 }, 1))).toBe('TypeError');
    expect(nameOf(() => samplingParams({ topK: 0 }, 1))).toBe('RangeError');
    expect(nameOf(() => samplingParams({ temperature: -1 }, 1))).toBe('RangeError');
    expect(nameOf(() => samplingParams({ temperature: NaN }, 1))).toBe('RangeError');
  });
});

describe('a response constraint', () => {
  const schema = { type: 'object' };

  it('is what the engine calls a response format', () => {
    expect(answerParams({ responseConstraint: /a[bc]+/u }, true)).toEqual({
      response_format: { type: 'regex', pattern: 'a[bc]+', flags: 'u' },
    });
    const ofAnotherFrame: unknown = runInNewContext('/a/');
    expect(answerParams({ responseConstraint: ofAnotherFrame }, true)).toMatchObject({
      response_format: { type: 'regex', pattern: 'a' },
    });
    const bySchema = { response_format: { type: 'json_schema', json_schema: { schema } } };
    expect(answerParams({ responseConstraint: schema }, true)).toMatchObject(bySchema);
    expect(answerParams({ responseConstraint: schema, omitResponseConstraintInput: true }, true)).toMatchObject(
      bySchema,
    );
    for (const hasGrammar of [true, false]) {
      expect(answerParams({}, hasGrammar)).toEqual({});
      expect(answerParams({ responseConstraint: undefined, omitResponseConstraintInput: false }, hasGrammar)).toEqual(
        {},
      );
    }
  });

  it.each([
    ['TypeError', { responseConstraint: 'yes|no' }],
    ['TypeError', { responseConstraint: [schema] }],
    ['TypeError', { responseConstraint: () => schema }],
    ['TypeError', { omitResponseConstraintInput: true }],
  ])('is refused with a %s: %j', (name, options) => {
    for (const hasGrammar of [true, false]) expect(nameOf(() => answerParams(options, hasGrammar))).toBe(name);
  });

  it('needs a grammar engine, and says where to get it', () => {
    for (const responseConstraint of [schema, /a/]) {
      const ask = () => answerParams({ responseConstraint }, false);
      expect(nameOf(ask)).toBe('NotSupportedError');
      expect(ask).toThrow(/responseConstraint needs .*xgrammar.*"sterna\/grammar"/);
    }
  });
});

describe('errors', () => {
  it('have the names that the Prompt API has for them, and say what Sterna says', () => {
    expect(asException(new GpuError('no adapter'), 'OperationError')).toMatchObject({ name: 'NotSupportedError' });
    expect(asException(new DownloadError('404'), 'OperationError')).toMatchObject({ name: 'NetworkError' });
    const cause = new TemplateError('roles must alternate');
    const exception = asException(cause, 'UnknownError');
    expect(exception).toBeInstanceOf(DOMException);
    expect(exception).toMatchObject({ name: 'UnknownError', message: 'roles must alternate', cause });
    const field = 'temperature';
    expect(asException(new RequestError('must be a number', { field }), 'UnknownError')).toMatchObject({
      name: 'UnknownError',
      message: 'temperature: must be a number',
    });
    const reason = new Error('enough');
    expect(asException(reason, 'UnknownError')).toBe(reason);
  });

  it.each([
    ['response_format.json_schema.schema.items.not', 'responseConstraint.items.not'],
    ['response_format.json_schema.schema', 'responseConstraint'],
    ['response_format.pattern', 'responseConstraint'],
    ['response_format', 'responseConstraint'],
  ])('of %s are told of %s, as a thing that is not supported', (field, told) => {
    const cause = new RequestError('is not supported', { field });
    const name = 'NotSupportedError';
    expect(asException(cause, 'UnknownError')).toMatchObject({ name, message: `${told}: is not supported`, cause });
  });
});
