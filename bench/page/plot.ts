import type { ModelName } from '../model/shapes';
import type { ModelResult, Results } from '../report/results';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 640;
const BAR = 18;
const GAP = 10;
const LABEL = 200;
const FIGURE = 70;

interface Bar {
  label: string;
  value: number;
  kind: 'measured' | 'floor';
}

/** Decoded tokens a second of each model, after each context, beside the floor. */
export function plotDecode(results: Results): SVGSVGElement {
  const models = Object.entries(results.models) as [ModelName, ModelResult][];
  const bars = models.flatMap(([name, { decodeAtContext, floor }]): Bar[] => [
    ...Object.entries(decodeAtContext ?? {}).map(([context, value]): Bar => ({
      label: `${name}, sampled after ${context}`,
      value,
      kind: 'measured',
    })),
    ...(floor === undefined ? [] : [{ label: `${name}, floor`, value: floor, kind: 'floor' } as const]),
  ]);
  const longest = Math.max(...bars.map(({ value }) => value), 1);
  const height = bars.length * (BAR + GAP);
  const plot = make('svg', { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: 'img' });
  plot.setAttribute('aria-label', 'Decoded tokens a second');
  for (const [index, { label, value, kind }] of bars.entries()) {
    const y = index * (BAR + GAP);
    const width = ((WIDTH - LABEL - FIGURE) * value) / longest;
    const middle = y + BAR / 2;
    plot.append(
      withText(make('text', { x: LABEL - 8, y: middle, 'text-anchor': 'end' }), label),
      make('rect', { x: LABEL, y, width, height: BAR, class: kind }),
      withText(make('text', { x: LABEL + width + 6, y: middle }), value.toFixed(0)),
    );
  }
  return plot;
}

function make<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}

function withText(element: SVGTextElement, text: string): SVGTextElement {
  element.textContent = text;
  return element;
}
