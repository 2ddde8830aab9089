import { describe, expect, it } from 'vitest';
import { AnswerText } from '../../../src/worker/answer-text';

const END = 0;
const decoder = {
  tokenBytes: (id: number) => new TextEncoder().encode(String.fromCharCode(id)),
  dropsFirstSpace: false,
};
const ids = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

describe('AnswerText', () => {
  it('takes tokens up to the end token, which has no text', () => {
    const answer = new AnswerText(decoder, [], [END]);
    expect(answer.push(ids('ab'))).toBe('ab');
    expect(answer.push([...ids('c'), END, ...ids('late')])).toBe('c');
    expect(answer).toMatchObject({ hasEnded: true, tokens: 4, keptTokens: 4 });
    expect(answer.push(ids('later'))).toBe('');
    expect(answer.finish()).toBe('');
  });

  it('ends before a stop string and keeps the tokens before it', () => {
    const answer = new AnswerText(decoder, ['stop'], [END]);
    expect(answer.push(ids('go st'))).toBe('go ');
    expect(answer.hasEnded).toBe(false);
    expect(answer.push(ids('op now'))).toBe('');
    expect(answer).toMatchObject({ hasEnded: true, tokens: 7, keptTokens: 3 });
  });

  it('gives out what it held back when no more comes', () => {
    const answer = new AnswerText(decoder, ['stop'], [END]);
    expect(answer.push(ids('do sto'))).toBe('do ');
    expect(answer.finish()).toBe('sto');
    expect(answer).toMatchObject({ hasEnded: false, tokens: 6, keptTokens: 6 });
  });
});
