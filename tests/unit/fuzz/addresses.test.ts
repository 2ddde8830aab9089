import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { modelAddress } from '../../../demo/model-address';
import { parseEngineOptions } from '../../../src/api/engine-options';
import { RequestError } from '../../../src/errors';
import { parseRuntimeOptions } from '../../../src/worker/runtime-options';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const PAGE = 'https://host.example/some/where/';

beforeAll(() => {
  vi.stubGlobal('document', { baseURI: PAGE });
  vi.stubGlobal('Worker', class extends EventTarget {});
});
afterAll(() => {
  vi.unstubAllGlobals();
});

/** Addresses put together of what makes addresses odd. */
const address = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'https:',
        'http:',
        'javascript:',
        'data:',
        'blob:',
        'file:',
        'ftp:',
        'wss:',
        'about:',
        'filesystem:',
      ),
      fc.constantFrom(
        '//',
        '/',
        '\\',
        '..',
        '.',
        '@',
        ':',
        '?',
        '#',
        '%',
        '%2e%2e',
        '%00',
        '\0',
        '\t',
        '\n',
        ' ',
        '[::1]',
      ),
      fc.constantFrom('host.example', 'elsewhere.example', 'user:word@', 'models', ':443', ':8443', '\u202e', '\ud800'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe(`a hostile address (seed ${seed})`, () => {
  it('of the page names a folder on its own origin or is refused', () => {
    const query = fc.oneof(
      address.map((model) => `?${new URLSearchParams({ model }).toString()}`),
      address.map((text) => `?model=${text}`),
      address.map((text) => `?${text}`),
    );
    fc.assert(
      fc.property(query, (search) => {
        // The browser itself has made an address of what was typed.
        const page = new URL(search, PAGE).href;
        const found = resultOrRefusal(() => modelAddress(page), [RequestError], 'address of the page: model');
        if (found === undefined) return;
        const url = new URL(found);
        expect(url.origin).toBe('https://host.example');
        expect(found.startsWith('https://host.example/')).toBe(true);
        expect(found.endsWith('/')).toBe(true);
        expect([url.search, url.hash, url.username, url.password]).toEqual(['', '', '', '']);
      }),
      parameters,
    );
  });

  it('given to createEngine names a folder by http or https or is refused', () => {
    fc.assert(
      fc.property(address, (model) => {
        const options = resultOrRefusal(() => parseEngineOptions({ model }), [RequestError], 'model');
        if (options === undefined) return;
        const url = new URL(options.url);
        expect(['http:', 'https:']).toContain(url.protocol);
        expect(options.url).toBe(url.href);
        expect(options.url.endsWith('/')).toBe(true);
        expect([url.search, url.hash, url.username, url.password]).toEqual(['', '', '', '']);
      }),
      parameters,
    );
  });

  it.each([
    'javascript:alert(1)',
    'data:application/json,{}',
    'blob:https://host.example/8b1ad1f2',
    'file:///etc/passwd',
    'ftp://host.example/pack/',
    'https://user:word@host.example/pack/',
    'https://user@host.example/pack/',
    'https://host.example/pack/?token=1',
    'https://host.example/pack/#part',
    'https://',
  ])('given to createEngine is refused as %s', (model) => {
    expect(() => parseEngineOptions({ model })).toThrow(RequestError);
  });
});

describe(`hostile options of createEngine (seed ${seed})`, () => {
  const GOOD = {
    model: '/models/one/',
    withhold: ['subgroups'],
    defaultLimits: true,
    memory: 'compact',
    plan: 'split',
    calibrate: false,
    pace: { stepsPerSubmit: 2, submitsInFlight: 3 },
  };
  const OPTIONS = new Set([...Object.keys(GOOD), 'signal', 'onProgress', 'worker']);

  const areSoundOrRefused = (options: unknown) => {
    const runtime = resultOrRefusal(() => parseRuntimeOptions(parseEngineOptions(options).runtime), [RequestError]);
    if (runtime === undefined) return;
    const given = Object.entries(options as object).filter(([, value]) => value !== undefined);
    expect(
      given.every(([name]) => OPTIONS.has(name)),
      given.map(([name]) => name).join(),
    ).toBe(true);
    const { stepsPerSubmit = 1, submitsInFlight = 1 } = runtime.pace ?? {};
    for (const count of [stepsPerSubmit, submitsInFlight])
      expect(Number.isInteger(count) && count >= 1 && count <= 1024).toBe(true);
    expect(structuredClone(runtime)).toEqual(runtime);
  };

  it('are sound or refused where good ones were changed', () => {
    areSoundOrRefused(GOOD);
    fc.assert(fc.property(mutated(GOOD), areSoundOrRefused), parameters);
  });

  it('are sound or refused whatever they are', () => {
    fc.assert(fc.property(fc.oneof(hostileValue, fc.anything()), areSoundOrRefused), parameters);
  });
});
