import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../tools/convert';
import { GOLDEN_NAMES, loadGolden } from '../../support/goldens';
import { packFloats, packMatrix, readPack } from '../../support/pack-folder';
import { temporaryFolder } from '../../support/temporary-folder';
import { largestDifference } from '../../support/tolerance';

const fixtures = fileURLToPath(new URL('../../fixtures/goldens', import.meta.url));
// A third golden, too large for this repository, is checked where a copy lies beside it.
const beside = process.env.STERNA_GOLDENS ?? fileURLToPath(new URL('../../../../shared/goldens', import.meta.url));
const FOLDERS = [...GOLDEN_NAMES.map((name) => join(fixtures, name)), join(beside, 'b_h128_l3_nolb')];

describe.each(FOLDERS)('the pack of %s', (checkpoint) => {
  test.skipIf(!existsSync(checkpoint))('has the codes, scales and lower bounds of the original code', async () => {
    const folder = join(await temporaryFolder(), 'pack');
    const warnings: string[] = [];
    await convert(checkpoint, folder, { onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual(['There is no tokenizer.json: the pack will serve token ids only, no text.']);

    const pack = await readPack(folder);
    const golden = await loadGolden(async (file) => new Uint8Array(await readFile(join(checkpoint, file))));
    const matrices = golden.tensorNames.filter((name) => /^w\..*\.ternary$/.test(name));
    expect(matrices).toHaveLength(6 * golden.config.layerCount + 1);
    for (const recorded of matrices) {
      const name = recorded.slice('w.'.length, -'.ternary'.length).replace(/^layer(\d)/, 'model.layers.$1');
      const matrix = packMatrix(pack, name);
      expect(largestDifference(matrix.codes, golden.bytes(recorded)), name).toBe(0);
      const [scale] = golden.floats(`w.${recorded.slice(2, -'.ternary'.length)}.scale`);
      expect(Math.abs(Math.fround(1 / matrix.magnitude) / scale - 1), name).toBeLessThan(2 ** -22);
    }
    if (golden.config.useLowerBound) {
      const bounds = packFloats(pack, 'model.lower_bounds_effective');
      expect(largestDifference(bounds, golden.floats('lower_bounds_effective'))).toBeLessThan(1e-6);
    }
    expect(pack.manifest.embeddings).toBe(checkpoint.includes('b_h128') ? 'F16' : 'F32');
  });
});
