import { type EffortName, EFFORTS } from '../measure/effort';
import { SECTION_NAMES, type SectionName } from '../measure/section-names';
import { MODEL_NAMES, type ModelName } from '../model/shapes';

/** What a reader of the page chose. */
export interface Choice {
  models: ModelName[];
  sections: SectionName[];
  effort: EffortName;
}

const DEFAULTS: Record<string, readonly string[]> = { models: ['bundled'], sections: ['memory', 'decode'] };

/**
 * Puts a box for every model and section into the form's fieldsets, ticked as the address of the page says
 * (`?models=370M,bundled&sections=decode&effort=quick`).
 */
export function fillForm(
  form: HTMLFormElement,
  names: Record<string, readonly string[]>,
  address: URLSearchParams,
): void {
  for (const [group, values] of Object.entries(names)) {
    const ticked = address.get(group)?.split(',') ?? DEFAULTS[group];
    const boxes = values.map((value) => {
      const box = document.createElement('input');
      Object.assign(box, { type: 'checkbox', name: group, value, checked: ticked.includes(value) });
      const label = document.createElement('label');
      label.append(box, ` ${value}`);
      return label;
    });
    form.querySelector(`fieldset[data-of=${group}]`)?.append(...boxes);
  }
  const effort = form.elements.namedItem('effort');
  if (!(effort instanceof HTMLSelectElement)) throw new TypeError('the form has no effort');
  effort.append(...Object.keys(EFFORTS).map((name) => new Option(name)));
  effort.value = address.get('effort') ?? 'quick';
}

/** What the form says now. */
export function chosen(form: HTMLFormElement): Choice {
  const data = new FormData(form);
  const ticked = <Name extends string>(group: string, all: readonly Name[]) => {
    const values = new Set(data.getAll(group));
    return all.filter((name) => values.has(name));
  };
  const [effort] = (Object.keys(EFFORTS) as EffortName[]).filter((name) => name === data.get('effort'));
  return { models: ticked('models', MODEL_NAMES), sections: ticked('sections', SECTION_NAMES), effort };
}
