import type { DownloadMonitor } from './types';

/** So finely is progress told that a page learns little of the connection. */
const STEPS = 0x10000;

class Monitor extends EventTarget implements DownloadMonitor {
  ondownloadprogress: DownloadMonitor['ondownloadprogress'] = null;
}

/** Lets a page watch a download. The result is to be told the part that is loaded. @throws what the page's callback throws */
export function watchedBy(callback: ((monitor: DownloadMonitor) => void) | undefined): (loaded: number) => void {
  const monitor = new Monitor();
  callback?.(monitor);
  let told = -1;
  return (part) => {
    const loaded = Math.floor(part * STEPS) / STEPS;
    if (loaded <= told) return;
    told = loaded;
    const event = new ProgressEvent('downloadprogress', { lengthComputable: true, loaded, total: 1 });
    monitor.ondownloadprogress?.(event);
    monitor.dispatchEvent(event);
  };
}
