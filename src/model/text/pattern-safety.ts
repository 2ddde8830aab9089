/** A part of a regular expression: an escape, the start of a group, a quantifier, or any one character. */
const PART = /\\[\s\S]|\((?:\?(?:<[=!]|<\w+>|[:=!>]|[a-z-]+:))?|(?:[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\})[?+]?|[\s\S]/y;

/**
 * Whether a regular expression repeats a group that itself can match in several ways, as `(a+)+` does. Such a pattern
 * takes exponential time on some texts, and JavaScript cannot interrupt a match.
 */
export function repeatsAmbiguousGroup(source: string): boolean {
  /** For each open group, outermost first: whether it holds an alternation or a repetition of varying count. */
  const ambiguous = [false];
  let closedIsAmbiguous = false;
  PART.lastIndex = 0;
  for (let part = PART.exec(source)?.[0]; part !== undefined; part = PART.exec(source)?.[0]) {
    const innermost = ambiguous.length - 1;
    const counts = quantifierCounts(part);
    if (counts !== undefined) {
      if (closedIsAmbiguous && counts.most > 1) return true;
      if (counts.least !== counts.most) ambiguous[innermost] = true;
    }
    closedIsAmbiguous = false;
    if (part === '[') {
      PART.lastIndex = endOfClass(source, PART.lastIndex);
    } else if (part.startsWith('(')) {
      ambiguous.push(false);
    } else if (part === ')' && innermost > 0) {
      closedIsAmbiguous = ambiguous[innermost];
      ambiguous.pop();
      ambiguous[innermost - 1] ||= closedIsAmbiguous;
    } else if (part === '|') {
      ambiguous[innermost] = true;
    }
  }
  return false;
}

/** How often a quantifier repeats what is before it; undefined for a part that is no quantifier. */
function quantifierCounts(part: string): { least: number; most: number } | undefined {
  if (part.startsWith('*')) return { least: 0, most: Infinity };
  if (part.startsWith('+')) return { least: 1, most: Infinity };
  if (part.startsWith('?')) return { least: 0, most: 1 };
  const braces = /^\{(\d*)(,?)(\d*)\}/.exec(part);
  if (braces === null) return undefined;
  const [, low, comma, high] = braces;
  return { least: Number(low), most: comma === '' ? Number(low) : high === '' ? Infinity : Number(high) };
}

/** The index after the bracket that closes the character class opened before `start`; classes nest. */
function endOfClass(source: string, start: number): number {
  let depth = 1;
  let at = start;
  // A closing bracket right at the start is a member of the class.
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  for (; at < source.length && depth > 0; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '[') depth++;
    else if (source[at] === ']') depth--;
  }
  return at;
}
