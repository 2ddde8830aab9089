/** Whether the long form of tests was asked for: `npm run soak` sets it, in Node and in the browser. */
export const isSoak = import.meta.env.VITE_SOAK === '1';

/** How many cases to run: `few` in `npm test`, `many` in `npm run soak`. */
export function cases({ few, many }: { few: number; many: number }): number {
  return isSoak ? many : few;
}
