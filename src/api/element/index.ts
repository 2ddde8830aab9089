/**
 * A whole chat as an element of a page.
 * @module sterna/element
 */
export { defineSternaChat } from './define';
export { SternaChat } from './chat-element';
