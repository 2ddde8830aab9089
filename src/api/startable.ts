/**
 * A script that a worker can be started from, of the page's own origin, that is the one at `url`: browsers start no worker
 * from another origin (a CDN's), and one from a `data:` URL has no storage. It is never revoked, as a worker may start its
 * own file again.
 */
export function startable(url: URL): string {
  if (url.origin === self.origin) return url.href;
  return URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
}
