const SVG = 'http://www.w3.org/2000/svg';

/** Lines on a field of 24 by 24. */
const PATHS = {
  chat: 'M4.5 19.5V7a2.5 2.5 0 0 1 2.5-2.5h10A2.5 2.5 0 0 1 19.5 7v6.5A2.5 2.5 0 0 1 17 16H8.5ZM8.5 9h7M8.5 12h4.5',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  anew: 'M12 5.5v13M5.5 12h13',
  send: 'M12 19V5.5M6 11l6-6 6 6',
  stop: 'M7 7h10v10H7ZM9 9h6v6H9Z',
};

/** A picture that says nothing to a screen reader; whatever bears it has a name of its own. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
