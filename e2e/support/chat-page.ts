import type { Page } from '@playwright/test';
import type { ChatHosts } from './chat-hosts';

/** Of a page with a chat, whose own files lie on its own origin. */
export const SITE_POLICY =
  "default-src 'self'; script-src 'self' https://cdn.example; worker-src blob: https://cdn.example; connect-src https://models.example; require-trusted-types-for 'script'; trusted-types sterna";
export const SCRIPT = 'https://cdn.example/sterna@0.1.0/dist/sterna-chat.js';
export const PACK = 'https://models.example/sterna-chat-49m/';
/** A chat called "Ask". */
export const ELEMENT = `<script type="module" src="${SCRIPT}"></script><sterna-chat model="${PACK}" title="Ask"></sterna-chat>`;

/** Opens a page with this body, and with more files beside it. */
export async function openPage(
  page: Page,
  hosts: ChatHosts,
  body: string,
  more: Record<string, string> = {},
): Promise<void> {
  const html = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width" /><title>A page</title></head><body><main><h1>A page</h1>${body}</main></body></html>`;
  const site = await hosts.serve({ 'index.html': html, ...more }, SITE_POLICY);
  await page.goto(site.url);
}
