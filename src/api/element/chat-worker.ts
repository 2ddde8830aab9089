import { ChatHost } from './chat-host';
import type { ChatNews, ChatOrder } from './chat-protocol';

const host = new ChatHost((news: ChatNews) => {
  self.postMessage(news);
});
self.addEventListener('message', ({ data }: MessageEvent<ChatOrder>) => {
  host.take(data);
});
