import { createEngine } from 'sterna';
import { sterna } from 'sterna/ai-sdk';
import { defineSternaChat } from 'sterna/element';
import { xgrammar } from 'sterna/grammar';
import { defineLanguageModel } from 'sterna/prompt-api';

// As the module of a component that is rendered on a server too would do.
defineSternaChat();
const grammar = xgrammar();
const LanguageModel = defineLanguageModel({ model: './pack/', grammar });
console.log(typeof createEngine, typeof sterna, typeof defineSternaChat, typeof LanguageModel, typeof grammar);
