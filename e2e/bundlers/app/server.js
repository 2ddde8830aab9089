import { createEngine } from 'sterna';
import { sterna } from 'sterna/ai-sdk';
import { defineSternaChat } from 'sterna/element';

// As a component that is rendered on a server too would do.
defineSternaChat();
console.log(typeof createEngine, typeof sterna, typeof defineSternaChat);
