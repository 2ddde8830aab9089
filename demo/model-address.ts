import { RequestError } from '../src/errors';

const BUNDLED = 'models/sterna-chat-49m/';

/**
 * The address of the pack to load: the bundled one, or the folder that `?model=` names, relative to the page.
 * Only the page's own origin is taken, so that a link to this page cannot make it speak with a stranger's model.
 * Throws RequestError for anything else.
 */
export function modelAddress(page: string): string {
  const asked = new URL(page).searchParams.get('model') ?? BUNDLED;
  const where = { file: 'address of the page', field: 'model' };
  let address: URL;
  try {
    address = new URL(asked.endsWith('/') ? asked : `${asked}/`, page);
  } catch {
    throw new RequestError(`"${asked}" is not an address`, where);
  }
  // The origin of a blob: address is that of the page which made it, hence the protocol besides.
  const { origin, protocol } = new URL(page);
  const sameHost = address.origin === origin && address.protocol === protocol;
  if (!sameHost || address.username !== '' || address.password !== '') {
    throw new RequestError('a model must lie on the same host as the page', where);
  }
  if (address.search !== '' || address.hash !== '') {
    throw new RequestError('the address of a model is a folder, without "?" and "#"', where);
  }
  return address.href;
}
