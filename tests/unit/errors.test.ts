import { expect, test } from 'vitest';
import { TokenizerError } from '../../src/errors';

test('the message of an error has an end, however long what it quotes', () => {
  const token = 'x'.repeat(1_000_000);
  const error = new TokenizerError(`${token} is no token`, {
    file: 'tokenizer.json',
    field: `model.vocab["${token}"]`,
  });
  expect(error.message.length).toBeLessThan(1500);
  expect(error.message.startsWith('tokenizer.json: model.vocab["xxx')).toBe(true);
  expect(error.file).toBe('tokenizer.json');
  expect(error.field).toMatch(/^model\.vocab\["x+…$/);
  expect(error.reason).toMatch(/^x+…$/);
});
