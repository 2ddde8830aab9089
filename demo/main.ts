import { ChatPage } from './chat-page';
import { elementById } from './elements';

if ('gpu' in navigator) {
  void new ChatPage().load();
} else {
  elementById('unsupported', HTMLElement).hidden = false;
  elementById('insecure', HTMLElement).hidden = window.isSecureContext;
  elementById('introduction', HTMLElement).hidden = true;
  elementById('composer', HTMLFormElement).hidden = true;
  elementById('composer-help', HTMLElement).hidden = true;
}
