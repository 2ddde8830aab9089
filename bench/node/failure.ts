/** The first line of what went wrong: stacks have no place in a file of results. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
