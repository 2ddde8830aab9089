import { describe, expect, it } from 'vitest';
import { modelAddress } from '../../../demo/model-address';
import { RequestError } from '../../../src/errors';

const PAGE = 'https://host.example/some/where/';

function addressFor(model: string): string {
  return modelAddress(`${PAGE}?model=${encodeURIComponent(model)}`);
}

describe('modelAddress', () => {
  it('is the bundled pack beside the page', () => {
    expect(modelAddress(PAGE)).toBe('https://host.example/some/where/models/sterna-chat-49m/');
    expect(modelAddress(`${PAGE}index.html`)).toBe('https://host.example/some/where/models/sterna-chat-49m/');
  });

  it.each([
    ['models/other', 'https://host.example/some/where/models/other/'],
    ['models/other/', 'https://host.example/some/where/models/other/'],
    ['../packs/one', 'https://host.example/some/packs/one/'],
    ['/packs/one', 'https://host.example/packs/one/'],
    ['https://host.example/packs/one', 'https://host.example/packs/one/'],
  ])('takes the folder %s', (model, address) => {
    expect(addressFor(model)).toBe(address);
  });

  it.each([
    'https://elsewhere.example/pack',
    '//elsewhere.example/pack',
    'http://host.example/pack',
    'https://host.example:8443/pack',
    'https://user:word@host.example/pack',
    'javascript:alert(1)',
    'data:application/json,{}',
    'blob:https://host.example/1234',
    'https://[',
    'pack?token=1',
    'pack#part',
  ])('refuses %s', (model) => {
    expect(() => addressFor(model)).toThrow(RequestError);
  });
});
