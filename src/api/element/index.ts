export { defineSternaChat } from './define';
export { SternaChat } from './chat-element';
