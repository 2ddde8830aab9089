import { RequestError } from '../../errors';

/** The absolute URL of the folder that the attribute `model` names. @throws RequestError */
export function modelUrl(model: string): string {
  if (model === '') throw new RequestError('is missing: it names the folder of a pack', { field: 'model' });
  try {
    return new URL(model, document.baseURI).href;
  } catch (cause) {
    throw new RequestError(`"${model}" is no URL`, { field: 'model', cause });
  }
}
