import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reasonToInstall } from '../../../scripts/dependencies.js';

interface LockedPackage {
  version: string;
  integrity: string;
  optional?: boolean;
}

const alpha: LockedPackage = { version: '1.0.0', integrity: 'sha512-alpha' };
const beta: LockedPackage = { version: '2.1.0', integrity: 'sha512-beta' };
const forAnotherMachine: LockedPackage = { version: '3.0.0', integrity: 'sha512-gamma', optional: true };

let root: string;

function inNodeModules(packages: Record<string, LockedPackage>): Record<string, LockedPackage> {
  const entries = Object.entries(packages).map(([name, locked]): [string, LockedPackage] => [
    `node_modules/${name}`,
    locked,
  ]);
  return Object.fromEntries(entries);
}

function writeLock(packages: Record<string, LockedPackage>): void {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...inNodeModules(packages) } }));
}

function unpack(name: string, version: string): void {
  mkdirSync(join(root, 'node_modules', name), { recursive: true });
  writeFileSync(join(root, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }));
}

/** npm writes its record when everything else is in place. */
function writeRecord(packages: Record<string, LockedPackage>): void {
  writeFileSync(
    join(root, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages: inNodeModules(packages) }),
  );
}

describe('reasonToInstall', () => {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sterna-dependencies-'));
    writeLock({ alpha, beta, forAnotherMachine });
    unpack('alpha', '1.0.0');
    unpack('beta', '2.1.0');
    writeRecord({ alpha, beta });
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('finds no reason in a complete install that leaves out an optional package', () => {
    expect(reasonToInstall(root)).toBeUndefined();
  });

  it('sees that node_modules is missing', () => {
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(reasonToInstall(root)).toContain('missing');
  });

  it('sees an install that was cut off before npm wrote its record', () => {
    rmSync(join(root, 'node_modules', '.package-lock.json'));
    expect(reasonToInstall(root)).toContain('cut off');
  });

  it('sees a record that is not whole', () => {
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{"packages": {');
    expect(reasonToInstall(root)).toContain('cut off');
  });

  it('sees that the lock asks for another version', () => {
    writeLock({ alpha: { version: '1.0.1', integrity: 'sha512-other' }, beta });
    expect(reasonToInstall(root)).toContain('node_modules/alpha');
  });

  it('sees that the lock asks for other contents of the same version', () => {
    writeLock({ alpha: { ...alpha, integrity: 'sha512-other' }, beta });
    expect(reasonToInstall(root)).toContain('node_modules/alpha');
  });

  it('sees that the lock asks for a further package', () => {
    writeLock({ alpha, beta, delta: { version: '4.0.0', integrity: 'sha512-delta' } });
    expect(reasonToInstall(root)).toContain('node_modules/delta');
  });

  it('sees that the folder of a package is gone', () => {
    rmSync(join(root, 'node_modules', 'beta'), { recursive: true });
    expect(reasonToInstall(root)).toContain('node_modules/beta is incomplete');
  });

  it('sees that the folder of a package holds another version', () => {
    unpack('beta', '2.0.0');
    expect(reasonToInstall(root)).toContain('node_modules/beta is incomplete');
  });

  it('sees a folder that a later install, cut off, was changing', () => {
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(root, 'node_modules', 'beta'), later, later);
    expect(reasonToInstall(root)).toContain('node_modules/beta changed');
  });

  it('throws when there is no lock to compare with', () => {
    rmSync(join(root, 'package-lock.json'));
    expect(() => reasonToInstall(root)).toThrow('package-lock.json');
  });
});
