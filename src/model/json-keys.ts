/**
 * The first key that occurs twice in one object of the JSON text, at any depth; undefined if none does.
 * `JSON.parse` keeps the last of several equal keys without a word, so two readers could see two different files.
 * @param text valid JSON.
 */
export function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '{') objects.push(new Set());
    if (character === '}') objects.pop();
    if (character !== '"') {
      at++;
      continue;
    }
    const end = endOfString(text, at);
    // Of all strings, only keys have a colon after them.
    if (text[skipSpace(text, end)] === ':') {
      const key = JSON.parse(text.slice(at, end)) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    at = end;
  }
  return undefined;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  return at;
}
