import { createEngine, SternaError } from 'sterna';
import { sterna } from 'sterna/ai-sdk';
import { defineSternaChat } from 'sterna/element';

defineSternaChat();

const engine = await createEngine({ model: './pack/' });
const { usage } = await engine.chat.completions.create({
  messages: [{ role: 'user', content: 'Hi' }],
  max_tokens: 4,
});
const image = { type: 'file', mediaType: 'image/png', data: new Uint8Array(1) };
const refusal = await sterna(engine)
  .doGenerate({ prompt: [{ role: 'user', content: [image] }] })
  .catch((error) => error);
// The two files of the library are one library: an error of one is of the other's class.
const isOurs = refusal instanceof SternaError;
document.querySelector('#answer').textContent = `${engine.info.name}: ${usage.completion_tokens} tokens, ${isOurs}`;
