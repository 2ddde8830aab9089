/** `node dist/bench/node/synthesise.js 370M FOLDER [seed]`: writes a pack of made-up weights of that shape. */
import { SYNTHETIC_NAMES } from '../model/shapes';
import { writeSyntheticPack } from './synthetic-pack';

const [wanted, folder, seed = '1'] = process.argv.slice(2);
const name = SYNTHETIC_NAMES.find((known) => known === wanted);
if (name === undefined || !folder) {
  console.error(`synthesise.js ${SYNTHETIC_NAMES.join('|')} FOLDER [seed]`);
  process.exitCode = 1;
} else {
  await writeSyntheticPack(name, folder, Number(seed), 'F16');
}
