/** What is used here of Trusted Types, which TypeScript's types do not know. */
interface ScriptUrls {
  createScriptURL: (url: string) => string;
}
declare const trustedTypes: { createPolicy: (name: string, rules: ScriptUrls) => ScriptUrls };

/** Seen in this file alone, and so makes nothing but our own files' URLs trusted. */
let policy: ScriptUrls | undefined;

/** Starts a module worker of ours, under `require-trusted-types-for 'script'` too. @throws what the browser throws */
export function startWorker(url: string, name = ''): Worker {
  try {
    policy ??= trustedTypes.createPolicy('sterna', { createScriptURL: (own) => own });
  } catch {
    // The browser has no Trusted Types, or the page takes no policy of this name; it may yet allow plain URLs.
  }
  return new Worker(policy?.createScriptURL(url) ?? url, { type: 'module', name });
}
