import { subPaths } from './scripts/sub-paths.js';

/** The reference of all that the package exports; what has no docstring is an error. */
export default {
  name: 'Sterna',
  entryPoints: [...subPaths().values()],
  tsconfig: 'tsconfig.json',
  out: 'dist/reference',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludeExternals: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
};
