/** Builds the files of the library into dist, each whole in itself: what vite.lib.config.ts knows by these names. */
import { join } from 'node:path';
import { build } from 'vite';

const FILES = [
  'sterna',
  'worker',
  'ai-sdk',
  'openai',
  'prompt-api',
  'element',
  'sterna-chat',
  'sterna-chat-panel',
  'sterna-chat-worker',
];

for (const mode of FILES) await build({ configFile: join(import.meta.dirname, '../vite.lib.config.ts'), mode });
