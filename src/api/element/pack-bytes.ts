import * as v from 'valibot';
import { DownloadError, PackError } from '../../errors';

/** In milliseconds: a host that says nothing for as long will not. */
const PATIENCE = 30_000;
const manifestOfSizes = v.object({
  files: v.array(v.object({ bytes: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
});

/** Bytes of all files of a pack, as its manifest says. @throws DownloadError, PackError */
export async function packBytes(folder: string): Promise<number> {
  const file = `${folder}sterna.json`;
  const response = await fetch(file, { cache: 'no-cache', signal: AbortSignal.timeout(PATIENCE) }).catch(
    (cause: unknown) => {
      throw new DownloadError('could not be fetched: no network, or its host does not allow this page (CORS)', {
        file,
        cause,
      });
    },
  );
  if (!response.ok) throw new DownloadError(`status ${response.status}`, { file });
  const { success, output } = v.safeParse(manifestOfSizes, await response.json().catch(() => undefined));
  if (!success) throw new PackError('is no manifest of a pack', { file });
  return output.files.reduce((sum, { bytes }) => sum + bytes, 0);
}
