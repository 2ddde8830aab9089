import type { WriteStream } from 'node:tty';
import { formatBytes } from './format';

/** Percent between two lines where the output is no terminal. */
const LOG_STEP = 10;

/** Shows how far a conversion is: one line that is rewritten on a terminal, a line every 10% elsewhere. */
export class ProgressLine {
  #shown = -1;

  constructor(private readonly stream: WriteStream | NodeJS.WriteStream) {}

  update(done: number, total: number): void {
    const percent = Math.floor((100 * done) / total);
    if (percent < this.#shown + (this.stream.isTTY ? 1 : LOG_STEP) && percent !== 100) return;
    if (percent === this.#shown) return;
    this.#shown = percent;
    const text = `converting: ${percent}%, ${formatBytes(done)} of ${formatBytes(total)} read`;
    this.stream.write(this.stream.isTTY ? `\r${text}\x1b[K${percent === 100 ? '\n' : ''}` : `${text}\n`);
  }
}
