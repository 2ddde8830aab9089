import { SECTION_NAMES, type SectionName } from '../measure/section-names';
import { BUNDLED_FOLDER } from '../model/bundled';
import { MODEL_NAMES, type ModelName } from '../model/shapes';
import { addSection, type Results } from '../report/results';
import { tables } from '../report/tables';
import { BenchClient, type Measured } from './client';
import { chosen, fillForm } from './form';
import { type Start, startEngine } from './load';
import { plotDecode } from './plot';
import { parseRunOptions } from './run-options';
import { showTable } from './table-view';

declare global {
  /** What the command line calls. */
  var sternaBench:
    | {
        measure: (model: ModelName, section: SectionName, options: unknown) => Promise<Measured>;
        start: (pack: string) => Promise<Start>;
      }
    | undefined;
}

const client = new BenchClient();

/** One section of one model. */
function measure<Name extends SectionName>(model: ModelName, section: Name, options: unknown) {
  const bundledUrl = new URL(BUNDLED_FOLDER, document.baseURI).href;
  return client.measure(model, section, parseRunOptions(options, bundledUrl));
}

async function run(form: HTMLFormElement, status: HTMLElement, output: HTMLElement): Promise<void> {
  const { models, sections, effort } = chosen(form);
  const date = new Date().toISOString();
  const provenance = { commit: 'this page', date };
  const results: Results = { ...provenance, browser: navigator.userAgent, gpu: '', models: {}, peers: {} };
  for (const model of models) {
    for (const section of sections) {
      status.textContent = `${model}: ${section} …`;
      const { adapter, result } = await measure(model, section, { effort });
      results.gpu = [adapter.vendor, adapter.architecture, adapter.description].filter((text) => text !== '').join(' ');
      const before = results.models[model] ?? { detail: {}, measured: {} };
      results.models[model] = addSection(before, section, result, provenance);
      output.replaceChildren(plotDecode(results), ...tables(results).map(showTable));
    }
  }
  client.close();
  status.textContent = `Done on ${results.gpu}.`;
}

function element<Kind extends HTMLElement>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${selector}`);
  return found;
}

const form = element('form', HTMLFormElement);
const status = element('[role=status]', HTMLElement);
const start = element('button', HTMLButtonElement);
fillForm(form, { models: MODEL_NAMES, sections: SECTION_NAMES }, new URLSearchParams(location.search));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  start.disabled = true;
  run(form, status, element('output', HTMLElement))
    .catch((error: unknown) => {
      status.textContent = String(error);
    })
    .finally(() => {
      start.disabled = false;
    });
});
globalThis.sternaBench = { measure, start: startEngine };
