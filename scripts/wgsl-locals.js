const FUNCTION_HEAD = /\bfn \w+\(/g;
const DECLARED_LOCALLY = /\b(?:let|var|const) (\w+)/g;
const PARAMETER = /(\w+) *:/g;
/** A word that is no member of a structure and no built-in value. */
const WORD = /(?<![.\w]|@builtin\()[A-Za-z_]\w*/g;
const CALLED = /\b\w+(?=\()/g;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Names of a letter for the parameters and variables of each function, in the order in which they come: functions then look
 * alike, which is what compression lives on.
 * @param {string} code WGSL without comments
 * @returns {string}
 */
export function shortLocals(code) {
  let short = '';
  let position = 0;
  for (const { index } of code.matchAll(FUNCTION_HEAD)) {
    const bodyStart = code.indexOf('{', index);
    const end = closingBrace(code, bodyStart);
    short += code.slice(position, index) + withShortLocals(code.slice(index, bodyStart), code.slice(bodyStart, end));
    position = end;
  }
  return short + code.slice(position);
}

function withShortLocals(head, body) {
  const words = new Set((head + body).match(WORD));
  const called = new Set((head + body).match(CALLED));
  const declared = [...head.matchAll(PARAMETER), ...body.matchAll(DECLARED_LOCALLY)].map(([, name]) => name);
  // Where one is called as well, it is two things by one name.
  const locals = [...new Set(declared)].filter((name) => !called.has(name));
  for (const name of locals) words.delete(name);
  const free = [...LETTERS, ...LETTERS.toUpperCase()].filter((letter) => !words.has(letter));
  const letters = new Map(locals.slice(0, free.length).map((name, index) => [name, free[index]]));
  // Those that no letter is left for keep their names, which are none of the letters given only if they are longer.
  if (locals.slice(free.length).some((name) => name.length === 1)) return head + body;
  return (head + body).replaceAll(WORD, (word) => letters.get(word) ?? word);
}

function closingBrace(code, start) {
  let depth = 0;
  for (let index = start; index < code.length; index++) {
    if (code[index] === '{') depth++;
    else if (code[index] === '}' && --depth === 0) return index + 1;
  }
  throw new RangeError('a function of the kernel is not closed');
}
