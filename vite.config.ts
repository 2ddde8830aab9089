import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { leanLibraries } from './scripts/lean-libraries.js';
import { leanWgsl } from './scripts/lean-wgsl.js';

const root = import.meta.dirname;

/** The bundled models are served beside the page, as they lie in the repository. */
function copyModels(): Plugin {
  let outDir: string;
  return {
    name: 'copy-models',
    apply: 'build',
    configResolved: ({ build }) => {
      outDir = build.outDir;
    },
    closeBundle: () => cp(join(root, 'models'), join(outDir, 'models'), { recursive: true }),
  };
}

/** `npm start` serves the page as a strict host would: the policy is on every response, those without a file too. */
function strictPolicy(): Plugin {
  return {
    name: 'strict-policy',
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', "default-src 'self'");
        next();
      });
    },
  };
}

/** The chat page as a static site: relative addresses, every asset a file, nothing that `default-src 'self'` refuses. */
export default defineConfig({
  root: join(root, 'demo'),
  base: './',
  // A file that is not there is a 404, as on any static host, and never this page.
  appType: 'mpa',
  plugins: [copyModels(), strictPolicy()],
  worker: { format: 'es', plugins: () => [leanLibraries(), leanWgsl()] },
  build: {
    outDir: join(root, 'dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
