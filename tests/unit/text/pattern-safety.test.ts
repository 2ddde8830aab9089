import { expect, test } from 'vitest';
import { repeatsAmbiguousGroup } from '../../../src/model/text/pattern-safety';

test.each([
  '(a+)+',
  '(?:a*)*b',
  '(a|aa)+$',
  '(?i:x|y){2,}',
  '((a+))+',
  '(a+b?)*?c',
  '(?:a{1,3}){10}',
  '(?<name>\\w+\\s?)+',
  '(a+){,5}',
])('refuses %s', (source) => {
  expect(repeatsAmbiguousGroup(source)).toBe(true);
});

test.each([
  '',
  'a+b*',
  "(?i:'s|'t|'re)?\\p{L}+",
  '\\p{N}{1,3}(?=(?:\\p{N}{3})+\\b)',
  '[^(+)*]+(x)+',
  '[](+]+',
  '\\(a+\\)+',
  '(?:ab)+',
  '(a+)(b+)',
  '(a+)?',
  '(a|b)',
  '{+}',
  '[a[(b+)]]+',
  ')+',
])('accepts %s', (source) => {
  expect(repeatsAmbiguousGroup(source)).toBe(false);
});
