import { describe, expect, it } from 'vitest';
import { megabytes, perSecond, tokenCount } from '../../../demo/format';

describe('the figures on the page', () => {
  it('gives bytes as megabytes of 10^6', () => {
    expect(megabytes(0)).toBe('0.0 MB');
    expect(megabytes(18_449_999)).toBe('18.4 MB');
    expect(megabytes(5_400_000_000)).toBe('5,400.0 MB');
  });

  it('gives slow speeds one digit after the point, fast ones none', () => {
    expect(perSecond(0.84)).toBe('0.8');
    expect(perSecond(5)).toBe('5');
    expect(perSecond(66.4)).toBe('66');
    expect(perSecond(2119.2)).toBe('2,119');
  });

  it('counts tokens', () => {
    expect(tokenCount(1)).toBe('1 token');
    expect(tokenCount(57)).toBe('57 tokens');
  });
});
