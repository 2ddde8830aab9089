import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortLocals } from './wgsl-locals.js';

const COMMENT = /\/\/[^\n]*/g;
const WORD = /\b[A-Za-z_]\w*/g;
const DECLARED = /\b(?:fn|let|var(?:<[^>]*>)?|const|struct|alias)\s+(\w+)|\b(\w+)\s*:/g;
/** What stays: the entry point, what swizzles look like, and a type of WGSL's. */
const KEPT = /^(?:main|default|.{1,2})$/;
/** Constants stay too where a script names them, and so may set them. */
const CONSTANT = /^[A-Z][A-Z\d_]*$/;
/** Names of WGSL that a declared one may be too, in other files: from there they could not be told apart. */
const CALLED = /\b(\w+)(?:<[^;{}()]*>)?\(/g;
const DEFINED_TYPE_OR_FUNCTION = /\b(?:fn|struct|alias)\s+(\w+)/g;

/**
 * Short names for all that kernels declare and that no function has for itself, the most frequent first. They are the same in all files, as a kernel is several
 * files set one after the other, and none is a word that any file has.
 * @param {string} folder of the .wgsl files, in the one that has all scripts
 * @returns {ReadonlyMap<string, string>}
 */
export function shortNames(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.wgsl'));
  const codes = files.map((name) => readFileSync(join(folder, name), 'utf8').replaceAll(COMMENT, ''));
  const text = codes.map(shortLocals).join('\n');
  const words = text.match(WORD) ?? [];
  const found = (pattern) => new Set([...text.matchAll(pattern)].flatMap((match) => match.slice(1)));
  const defined = found(DEFINED_TYPE_OR_FUNCTION);
  const called = found(CALLED);
  const uses = new Map();
  for (const word of words) uses.set(word, (uses.get(word) ?? 0) + 1);
  const scripts = readdirSync(join(folder, '..'), { recursive: true }).filter((name) => name.endsWith('.ts'));
  const scripted = new Set(scripts.flatMap((name) => readFileSync(join(folder, '..', name), 'utf8').match(WORD) ?? []));
  const renamed = [...found(DECLARED)].filter(
    (name) =>
      uses.has(name) &&
      !KEPT.test(name) &&
      !(CONSTANT.test(name) && scripted.has(name)) &&
      (defined.has(name) || !called.has(name)),
  );
  renamed.sort((a, b) => uses.get(b) - uses.get(a) || (a < b ? -1 : 1));
  const names = unusedNames(new Set(words));
  return new Map(renamed.map((name) => [name, names.next().value]));
}

/** A letter and digits: no word of WGSL is like that but its types of numbers, which begin with f, h, i and u. */
function* unusedNames(taken) {
  for (let number = 0; ; number++) {
    for (const letter of 'abcdegjklmnopqrstvwxyz') {
      const name = `${letter}${number}`;
      if (!taken.has(name)) yield name;
    }
  }
}
